"""Chat models: the served one against a real local server, the one in this process with a real tiny model."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from chat_server import Act, ChatServer

from valign.chat.base import Chat, Failure, Reply, Request
from valign.chat.budget import Budget
from valign.chat.open import open_chat
from valign.chat.served import RetryPolicy
from valign.errors import InputError

QUICK = RetryPolicy(calls=4, call_s=0.5, first_wait_s=0.01, longest_wait_s=0.05)


def request(number: int, **settings: Any) -> Request:
    return Request((("user", f"question {number}"),), **settings)


def echo(body: dict[str, Any], number: int) -> Act:
    return Act("answer to " + body["messages"][-1]["content"])


def opened(server: ChatServer, cache: Path | None = None, **settings: Any) -> Chat:
    settings = {"retry_policy": QUICK, **settings}
    return open_chat(f"openai:tiny@{server.url}", cache=cache, **settings)


def test_answers_are_in_the_order_of_the_requests_and_progress_is_reported() -> None:
    progress: list[int] = []
    with ChatServer(lambda body, n: Act(echo(body, n).text, delay_s=0.02 * (n % 3))) as server:
        chat = opened(server, concurrency=5)
        answers = chat.ask([request(n) for n in range(20)], progress.append)
    assert [a.text for a in answers if isinstance(a, Reply)] == [f"answer to question {n}" for n in range(20)]
    assert progress == list(range(1, 21))
    assert server.most == 5
    assert (chat.usage.calls, chat.usage.answered, chat.usage.retries) == (20, 20, 0)
    assert chat.usage.prompt_tokens == 40
    assert chat.usage.completion_tokens == 80


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (Act(status=429), "http 429"),
        (Act(status=500), "http 500"),
        (Act(fault="drop"), "dropped connection"),
        (Act(fault="hang"), "time-out"),
        (Act("half of this is missing", fault="half"), "half an answer"),
        (Act("no JSON follows", fault="malformed"), "malformed answer"),
    ],
)
def test_a_failed_call_is_made_again_and_counted_by_reason(act: Act, reason: str) -> None:
    with ChatServer(lambda body, n: act if n <= 2 else echo(body, n)) as server:
        chat = opened(server)
        (answer,) = chat.ask([request(1)])
    assert isinstance(answer, Reply)
    assert answer.text == "answer to question 1"
    assert chat.usage.retried == {reason: 2}
    assert (chat.usage.calls, chat.usage.retries, chat.usage.answered) == (3, 2, 1)


def test_after_the_last_retry_a_failure_names_the_reason_and_is_not_cached(tmp_path: Path) -> None:
    with ChatServer(lambda body, n: Act(status=500) if n <= 4 else echo(body, n)) as server:
        chat = opened(server, tmp_path / "cache")
        assert chat.ask([request(1)]) == [Failure("http 500", 4)]
        assert chat.usage.failed == {"http 500": 1}
        assert isinstance(chat.ask([request(1)])[0], Reply)


def test_the_server_says_how_long_to_wait() -> None:
    policy = RetryPolicy(calls=2, first_wait_s=0.01, longest_wait_s=5)
    busy = Act(status=429, headers=(("Retry-After", "1"),))
    with ChatServer(lambda body, n: busy if n == 1 else echo(body, n)) as server:
        started = time.monotonic()
        opened(server, retry_policy=policy).ask([request(1)])
    assert 1.0 <= time.monotonic() - started < 3.0


def test_a_request_the_server_cannot_take_is_not_sent_again() -> None:
    with ChatServer(lambda body, n: Act("too long a prompt", status=400)) as server:
        chat = opened(server)
        assert chat.ask([request(1)]) == [Failure("http 400: too long a prompt", 1)]
    assert len(server.bodies) == 1


def test_a_server_without_structured_output_is_asked_without() -> None:
    def behave(body: dict[str, Any], number: int) -> Act:
        return Act("no response_format here", status=400) if "response_format" in body else echo(body, number)

    with ChatServer(behave) as server:
        answers = opened(server, concurrency=1).ask([request(n, schema='{"type":"object"}') for n in range(3)])
    assert all(isinstance(answer, Reply) for answer in answers)
    assert ["response_format" in body for body in server.bodies] == [True, False, False, False]
    assert server.bodies[0]["response_format"]["json_schema"]["schema"] == {"type": "object"}


def test_a_prompt_the_server_refuses_either_way_costs_no_other_request_its_schema() -> None:
    def behave(body: dict[str, Any], number: int) -> Act:
        return Act("too long", status=400) if "question 0" in body["messages"][0]["content"] else echo(body, number)

    with ChatServer(behave) as server:
        answers = opened(server, concurrency=1).ask([request(n, schema='{"type":"object"}') for n in range(3)])
    assert answers[0] == Failure("http 400: too long", 2)
    assert ["response_format" in body for body in server.bodies] == [True, False, True, True]


def test_log_probabilities_of_the_first_token_are_read_likeliest_first() -> None:
    top = [{"token": "B", "logprob": -1.5}, {"token": "A", "logprob": -0.25}]
    extra = {"logprobs": {"content": [{"token": "A", "logprob": -0.25, "top_logprobs": top}]}}
    with ChatServer(lambda body, n: Act("A", extra=extra)) as server:
        (answer,) = opened(server).ask([request(1, max_tokens=1, top_logprobs=2)])
    assert isinstance(answer, Reply)
    assert answer.first_token == (("A", -0.25), ("B", -1.5))
    assert server.bodies[0]["logprobs"] is True
    assert server.bodies[0]["top_logprobs"] == 2


@pytest.mark.parametrize("status", [401, 404])
def test_a_wrong_key_or_model_ends_in_one_line(status: int) -> None:
    with (
        ChatServer(lambda body, n: Act("no such model", status=status)) as server,
        pytest.raises(InputError, match=rf"refuses model 'tiny' \({status}\): no such model"),
    ):
        opened(server).ask([request(n) for n in range(50)])


def test_no_server_ends_in_one_line() -> None:
    with ChatServer(echo) as server:
        port = server.port
    chat = open_chat(f"openai:tiny@http://127.0.0.1:{port}/v1", cache=None, retry_policy=QUICK)
    with pytest.raises(InputError, match="no server answers there"):
        chat.ask([request(1)])


def test_a_server_that_goes_away_does_not_hold_up_the_rest() -> None:
    with ChatServer(lambda body, n: echo(body, n) if n <= 3 else Act(fault="drop")) as server:
        chat = opened(server, concurrency=2)
        answers = chat.ask([request(n) for n in range(500)])
    assert sum(isinstance(answer, Reply) for answer in answers) == 3
    assert chat.usage.failed["the server stopped answering"] > 400
    assert len(server.bodies) < 100


def test_the_cache_answers_what_was_answered_and_only_for_that_model(tmp_path: Path) -> None:
    requests = [request(1), request(2), request(1)]
    with ChatServer(echo) as server:
        first = opened(server, tmp_path / "a" / "cache").ask(requests)
        assert len(server.bodies) == 2
        again = opened(server, tmp_path / "a" / "cache")
        assert again.ask(requests) == first
        assert (len(server.bodies), again.usage.cached, again.usage.calls) == (2, 2, 0)
        other = open_chat(f"openai:other@{server.url}", cache=tmp_path / "a" / "cache")
        other.ask(requests)
        assert len(server.bodies) == 4


def test_every_setting_of_a_request_is_part_of_its_key() -> None:
    base = request(1)
    others = [
        request(2), request(1, max_tokens=9), request(1, temperature=0.5), request(1, schema="{}"),
        request(1, top_logprobs=1), request(1, seed=1), request(1, attempt=1), Request((("system", "question 1"),)),
    ]  # fmt: skip
    assert len({request.key for request in [base, *others]}) == 9
    assert base.key == request(1).key


def test_a_killed_process_repeats_no_answered_call(tmp_path: Path) -> None:
    """A child asks 200 questions and is killed on the way; the next asks only what is missing."""
    script = (
        "import sys; from pathlib import Path; from valign.chat.base import Request\n"
        "from valign.chat.open import open_chat\n"
        "chat = open_chat(f'openai:tiny@{sys.argv[1]}', cache=Path(sys.argv[2]), concurrency=4)\n"
        "chat.ask([Request((('user', f'question {n}'),)) for n in range(200)], lambda n: print(n, flush=True))\n"
    )
    with ChatServer(lambda body, n: Act(echo(body, n).text, delay_s=0.02)) as server:
        child = subprocess.Popen(
            [sys.executable, "-c", script, server.url, str(tmp_path / "cache")], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        while int(child.stdout.readline()) < 60:
            pass
        child.kill()
        answered = max([60, *map(int, child.stdout.read().split())])
        child.wait()
        chat = opened(server, tmp_path / "cache")
        answers = chat.ask([request(n) for n in range(200)])
    assert [a.text for a in answers if isinstance(a, Reply)] == [f"answer to question {n}" for n in range(200)]
    assert answered <= chat.usage.cached < 200
    assert chat.usage.cached + chat.usage.calls == 200


@pytest.mark.parametrize(
    ("budget", "named"),
    [
        (Budget(requests=7), "requests"),
        (Budget(tokens=200), "tokens"),
        (Budget(money=0.02, prompt_price=100.0, completion_price=100.0), "money"),
    ],
)
def test_a_budget_stops_before_it_is_broken_and_sends_no_further_request(budget: Budget, named: str) -> None:
    with ChatServer(lambda body, n: Act(echo(body, n).text, delay_s=0.01)) as server:
        chat = opened(server, budget=budget, concurrency=3)
        answers = chat.ask([request(n, max_tokens=20) for n in range(60)])
    replies = [answer for answer in answers if isinstance(answer, Reply)]
    failures = [answer for answer in answers if isinstance(answer, Failure)]
    assert len(replies) + len(failures) == 60
    assert 0 < len(replies) == len(server.bodies) < 60
    assert set(failures) == {Failure(f"budget of {named} spent", 0)}
    usage = chat.usage
    assert budget.requests is None or usage.calls == budget.requests
    # What was reserved and not used pays for further calls: the bound is nearly reached, never broken.
    spent = usage.prompt_tokens + usage.completion_tokens
    assert budget.tokens is None or 200 - 40 <= spent <= 200
    assert budget.money is None or 0.016 <= usage.money <= 0.02


def test_memory_does_not_grow_with_the_number_of_requests() -> None:
    """Requests are read as answers arrive: at most as many exist as are in flight."""
    read, answered, ahead = 0, 0, 0

    def requests() -> Any:
        nonlocal read, ahead
        for number in range(500):
            read += 1
            ahead = max(ahead, read - answered)
            yield request(number)

    def on_reply(position: int, answer: Reply | Failure) -> None:
        nonlocal answered
        answered += 1

    with ChatServer(echo) as server:
        opened(server, concurrency=8).stream(requests(), on_reply)
    assert answered == 500
    assert ahead <= 8


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("gpt", "not known; expected openai:MODEL@http"),
        ("openai:gpt", "no address"),
        ("lm-eval:hff,pretrained=x", "did you mean 'hf'"),
        ("lm-eval:hf", "no model is named"),
    ],
)
def test_a_wrong_name_says_what_would_be_right(spec: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        open_chat(spec, cache=None)


def test_a_file_that_is_not_a_cache_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("These are my notes, and nobody should write over them.\n" * 9)
    with pytest.raises(InputError, match="not a cache of replies"):
        open_chat("openai:tiny@http://127.0.0.1:1/v1", cache=tmp_path / "cache")


def test_a_model_in_this_process_answers_the_same_requests(tiny_model: Path, tmp_path: Path) -> None:
    spec = f"lm-eval:hf,pretrained={tiny_model},dtype=float32"
    chat = open_chat(spec, cache=tmp_path / "cache", concurrency=2)
    warm = Request((("user", "Say something."),), max_tokens=6, temperature=1.0, seed=3)
    requests = [request(1, max_tokens=6), request(2, max_tokens=6, top_logprobs=3), warm, request(3, max_tokens=510)]
    answers = chat.ask(requests)
    first, second, sampled, long = answers
    assert chat.name == f"lm-eval:hf:{tiny_model}"
    assert isinstance(first, Reply)
    assert first.prompt_tokens > 0
    assert isinstance(second, Reply)
    nats = [value for _, value in second.first_token]
    assert len(nats) == 3
    assert nats == sorted(nats, reverse=True)
    assert nats[0] < 0
    assert long == Failure("prompt and answer exceed the context of 512 tokens", 1)
    again = open_chat(spec, cache=tmp_path / "cache")
    assert again.ask(requests) == answers
    assert again.usage.cached == 3
    assert open_chat(spec, cache=None).ask([warm]) == [sampled]


def test_a_model_in_this_process_keeps_its_budget(tiny_model: Path) -> None:
    spec = f"lm-eval:hf,pretrained={tiny_model},device=cpu,dtype=float32"
    chat = open_chat(spec, cache=None, budget=Budget(requests=2))
    answers = chat.ask([request(n, max_tokens=3) for n in range(5)])
    assert [isinstance(answer, Reply) for answer in answers] == [True, True, False, False, False]
    assert answers[2] == Failure("budget of requests spent", 0)


def test_usage_is_written_as_json() -> None:
    with ChatServer(lambda body, n: Act(status=500) if n == 1 else echo(body, n)) as server:
        chat = opened(server)
        chat.ask([request(1)])
    assert json.loads(json.dumps(chat.usage.as_json()))["retried"] == {"http 500": 1}
