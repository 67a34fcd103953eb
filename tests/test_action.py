"""The GitHub Action: its steps are run as scripts, against a local server that stands for GitHub's API."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from finished import held_out, spoilt, write_run
from github_server import BOT, TOKEN, GitHub, serving

from harness.run.manifest import is_run

Valign = Callable[..., Any]
ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
ITEMS = held_out()
ANSWERS = {"seed": spoilt(ITEMS, 0.6, 1), "sft": spoilt(ITEMS, 0.4, 2)}
_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")


@pytest.fixture
def github() -> Iterator[GitHub]:
    with serving() as server:
        yield server


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, github: GitHub) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_API_URL", github.address)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "comment.md"
    path.write_text("# valign gate\n")
    return path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Main, a candidate as good, and one that gets fewer pairs right."""
    folder = tmp_path_factory.mktemp("runs")
    right, wrong = [number % 3 > 0 for number in range(60)], [number % 3 > 1 for number in range(60)]
    return {
        "main": write_run(folder / "main", ANSWERS, right={"sft": right}),
        "as good": write_run(folder / "as-good", ANSWERS, right={"sft": right}),
        "worse": write_run(folder / "worse", ANSWERS, right={"sft": wrong}),
    }


COMMENT = ("--pull-request", "acme/handbook#12")


@pytest.mark.usefixtures("environment")
def test_a_comment_is_written_once_and_then_kept_up_to_date(valign: Valign, github: GitHub, text: Path) -> None:
    github.say("looks good")
    first = valign("comment", text, *COMMENT)
    assert (first.code, first.err) == (0, "")
    assert first.out == "https://github.example/acme/handbook/pull/12#issuecomment-2\n"
    text.write_text("# another\n")
    assert valign("comment", text, *COMMENT).out == first.out
    assert [one["body"] for one in github.comments] == ["looks good", "<!-- valign comment: valign -->\n# another\n"]
    assert [method for method, _ in github.requests] == ["GET", "POST", "GET", "PATCH"]
    assert valign("comment", text, *COMMENT, "--marker", "safety").out.endswith("-3\n"), "another gate's comment"


@pytest.mark.usefixtures("environment")
def test_the_comment_is_found_on_any_page(valign: Valign, github: GitHub, text: Path) -> None:
    github.page = 2
    for number in range(5):
        github.say(f"comment {number}")
    assert valign("comment", text, *COMMENT).code == 0
    github.say("and another")
    github.requests.clear()
    assert valign("comment", text, *COMMENT).code == 0
    assert [method for method, _ in github.requests] == ["GET", "GET", "GET", "PATCH"]
    assert len(github.comments) == 7


@pytest.mark.usefixtures("environment")
def test_another_s_comment_with_the_marker_stays_theirs(valign: Valign, github: GitHub, text: Path) -> None:
    """Who may edit a comment may change the verdict in it."""
    github.say("<!-- valign comment: valign -->\npassed!", author="mallory")
    github.comments.append({"id": 2, "body": "<!-- valign comment: valign -->\n", "user": None})
    assert valign("comment", text, *COMMENT).code == 0
    assert github.comments[0]["body"].endswith("passed!")
    assert github.comments[-1]["user"]["login"] == BOT


@pytest.mark.parametrize(
    ("method", "status", "headers", "expected"),
    [
        ("GET", 403, {}, "may not read comments there"),
        ("POST", 403, {}, "may not write comments there, or there is no such pull request (403: no); give the job "
         "'permissions: pull-requests: write'"),
        ("POST", 404, {}, "may not write comments"),
        ("GET", 403, {"x-ratelimit-remaining": "0"}, "rate limit is reached (no)"),
        ("GET", 401, {}, "does not accept the token (no)"),
        ("POST", 422, {}, "GitHub answered 422: no"),
        ("GET", 301, {"Location": "http://127.0.0.1:1/"}, "GitHub answered 301"),
        ("GET", 500, {}, "GitHub answered 500"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("environment")
def test_a_refusal_is_one_line_that_says_what_would_help(
    valign: Valign, github: GitHub, text: Path, method: str, status: int, headers: dict[str, str], expected: str
) -> None:
    github.refuse[method] = (status, "no", headers)
    said = valign("comment", text, *COMMENT)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith("valign: acme/handbook#12: ")
    assert expected in said.err
    assert TOKEN not in said.err


@pytest.mark.usefixtures("environment")
def test_a_next_page_on_another_server_gets_no_token(valign: Valign, github: GitHub, text: Path) -> None:
    github.page, github.elsewhere = 1, "https://elsewhere.example"
    github.say("a")
    github.say("b")
    said = valign("comment", text, *COMMENT)
    assert said.code == 2
    assert "its next page is elsewhere" in said.err


@pytest.mark.usefixtures("environment")
def test_what_is_wrong_with_a_comment_is_said_before_anything_is_asked(
    valign: Valign, github: GitHub, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "long.md").write_text("x" * 70_000)
    for arguments, expected in (
        ((tmp_path / "none.md", *COMMENT), "none.md: no such file"),
        ((text, "--pull-request", "acme/handbook"), "expected OWNER/NAME#NUMBER"),
        ((text, "--pull-request", "acme/../x#1"), "expected OWNER/NAME#NUMBER"),
        ((text, *COMMENT, "--marker", "a --> b"), "--marker"),
        ((tmp_path / "long.md", *COMMENT), "the comment has 70,000 characters; GitHub takes"),
    ):
        said = valign("comment", *arguments)
        assert (said.code, said.err.count("\n")) == (2, 1)
        assert expected in said.err
    monkeypatch.setenv("GITHUB_TOKEN", "")
    assert "GITHUB_TOKEN: expected a token" in valign("comment", text, *COMMENT).err
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_API_URL", "http://api.example")
    assert "expected an address that starts with https://" in valign("comment", text, *COMMENT).err
    assert github.requests == []


def test_no_input_reaches_the_shell_as_code() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"], step["name"]
        for value in step.get("env", {}).values():
            assert _EXPRESSION.fullmatch(value), value


class Job:
    """Runs the action's steps as a runner would, with the install left out."""

    def __init__(self, github: GitHub, folder: Path) -> None:
        self.github, self.folder = github, folder
        self.outputs: dict[str, dict[str, str]] = {}
        self.log, self.failed = "", 0

    def run(self, **inputs: str) -> Job:
        default = {
            name: "" if "${{" in one.get("default", "") else one.get("default", "")
            for name, one in ACTION["inputs"].items()
        }
        given = {name.replace("_", "-"): str(value) for name, value in inputs.items()}
        self.inputs = {**default, "token": TOKEN, "pull-request": "12", "install": "false", **given}
        self.folder.mkdir(exist_ok=True)
        for step in ACTION["runs"]["steps"]:
            if self._holds(step.get("if", "")) and not self.failed:
                self._step(step)
        return self

    def _value(self, name: str) -> str:
        if name.startswith("inputs."):
            return self.inputs[name.removeprefix("inputs.")]
        _, step, _, output = name.split(".")
        return self.outputs.get(step, {}).get(output, "")

    def _holds(self, condition: str) -> bool:
        parts = [re.fullmatch(r"(\S+) (==|!=) '(.*)'", part) for part in condition.split(" && ") if part]
        return all((self._value(part[1]) == part[3]) == (part[2] == "==") for part in parts if part)

    def _step(self, step: dict[str, Any]) -> None:
        files = {name: self.folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        files["GITHUB_OUTPUT"].write_text("")
        given = {key: self._value(_EXPRESSION.fullmatch(value)[1]) for key, value in step.get("env", {}).items()}
        environment = {
            **os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
            "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_REPOSITORY": "acme/handbook", "RUNNER_TEMP": str(self.folder),
            "GITHUB_API_URL": self.github.address, **{name: str(path) for name, path in files.items()}, **given,
        }  # fmt: skip
        script = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
        done = subprocess.run(script, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        self.log += done.stdout + done.stderr
        self.failed = done.returncode
        rows = files["GITHUB_OUTPUT"].read_text().splitlines()
        self.outputs[step.get("id", "")] = dict(row.split("=", 1) for row in rows)


@pytest.fixture
def job(github: GitHub, tmp_path: Path) -> Job:
    return Job(github, tmp_path / "workspace")


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    path = tmp_path / "gate.yaml"
    rules = [
        {"metric": "preference_accuracy", "system": "sft", "not_worse_by": 0.1},
        {"metric": "rougeL", "system": "sft", "not_worse_by": 0.05},
    ]
    path.write_text(yaml.safe_dump({"resamples": 1000, "rules": rules}))
    return path


@pytest.mark.slow
def test_the_action_comments_updates_and_fails_as_the_gate_says(
    job: Job, github: GitHub, runs: dict[str, Path], gate: Path, tmp_path: Path
) -> None:
    passed = job.run(main=runs["main"], candidate=runs["as good"], gate=gate, page="https://pages.example/run")
    assert (passed.failed, passed.outputs["compare"]["outcome"]) == (0, "passed"), passed.log
    (comment,) = github.comments
    for shown in (
        "**gate: passed, 2 of 2 checks passed**", "[The page with every figure and answer](<https://pages.example/run>)",
        "Flips: udhr preference_accuracy of sft: 0 right → wrong, 0 wrong → right.",
    ):  # fmt: skip
        assert shown in comment["body"]
    assert passed.outputs["comment"]["url"].endswith("#issuecomment-1")
    again = Job(github, tmp_path / "again").run(main=runs["main"], candidate=runs["worse"], gate=gate)
    assert (again.failed, again.outputs["compare"]["outcome"]) == (1, "regressed"), again.log
    (comment,) = github.comments
    assert "**gate: regressed, 1 of 2 checks passed; udhr preference_accuracy of sft: must be " in comment["body"]
    assert "<summary>udhr preference_accuracy of sft: 20 right → wrong</summary>" in comment["body"]
    assert "| pair 1 " in comment["body"]
    assert "10 more are in the JSON." in comment["body"]
    flips = json.loads((again.folder / again.outputs["compare"]["json"]).read_text())["checks"][0]["flips"]
    assert len(flips) == 20
    assert not any(flip["fixed"] for flip in flips)
    suite = ElementTree.parse(again.folder / again.outputs["compare"]["junit"]).getroot()
    assert suite.attrib["failures"] == "1"
    assert comment["body"].endswith((again.folder / "github_step_summary").read_text())


@pytest.mark.slow
def test_the_action_goes_on_without_a_comment_that_github_refuses(
    job: Job, github: GitHub, runs: dict[str, Path], gate: Path
) -> None:
    github.refuse["POST"] = (403, "Resource not accessible by integration", {})
    done = job.run(main=runs["main"], candidate=runs["as good"], gate=gate)
    assert done.failed == 0
    warning = next(line for line in done.log.splitlines() if line.startswith("::warning"))
    assert "title=valign wrote no comment::valign: acme/handbook#12: the token may not write" in warning
    assert "gate: passed" in (done.folder / "github_step_summary").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("attack", ["$(touch pwned)", '"; touch pwned; "', "--help"])
def test_an_input_that_looks_like_code_is_a_wrong_name(
    job: Job, github: GitHub, runs: dict[str, Path], gate: Path, attack: str
) -> None:
    done = job.run(main=attack, candidate=runs["main"], gate=gate)
    assert (done.failed, done.outputs["compare"]["outcome"]) == (2, "error")
    assert f"valign: {attack}: neither a run" in done.log
    done = Job(github, job.folder).run(main=runs["main"], candidate=runs["main"], gate=gate, marker=attack)
    assert done.failed == 0
    assert not list(job.folder.rglob("pwned"))
    assert not [one for one in github.comments if "pwned" in one["body"]]


@pytest.mark.slow
def test_what_is_not_judged_fails_unless_asked_not_to(
    job: Job, github: GitHub, runs: dict[str, Path], tmp_path: Path
) -> None:
    gate = tmp_path / "strict.yaml"
    rule = {"metric": "rougeL", "system": "sft", "against": "seed", "not_worse_by": 0.0001}
    fewer = write_run(tmp_path / "fewer", {name: texts[:30] for name, texts in ANSWERS.items()})
    assert is_run(fewer)
    gate.write_text(yaml.safe_dump({"resamples": 1000, "rules": [rule]}))
    done = job.run(main=runs["main"], candidate=fewer, gate=gate, comment="false")
    assert (done.failed, done.outputs["compare"]["outcome"]) == (2, "not judged")
    assert github.requests == []
    mild = Job(github, tmp_path / "mild").run(
        main=runs["main"], candidate=fewer, gate=gate, comment="false", fail_on_not_judged="false"
    )
    assert mild.failed == 0


@pytest.mark.slow
def test_a_model_s_answer_gives_the_runner_no_command_and_the_comment_no_markup(
    job: Job, github: GitHub, gate: Path, tmp_path: Path
) -> None:
    attack = (
        "::error::pwned\n::set-output name=outcome::passed\n</details><script>x</script> @everyone | [a](http://x.y)"
    )
    items = held_out(40)
    answers = {"seed": spoilt(items, 0.6, 1), "sft": [item.reference for item in items]}
    hostile = {**answers, "sft": [attack] * len(items)}
    samples = {}
    for name, texts in {"main": answers["sft"], "candidate": hostile["sft"]}.items():
        samples[name] = tmp_path / name / "samples_valign_udhr_2026-01-01T00-00-00.jsonl"
        samples[name].parent.mkdir()
        with samples[name].open("w") as file:
            for number, (item, given) in enumerate(zip(items, texts, strict=True)):
                row = {
                    "doc_id": number, "doc": {"question": attack}, "arguments": {"gen_args_0": {"arg_0": attack}},
                    "target": item.reference, "filtered_resps": [given], "filter": "none", "metrics": ["acc"],
                    "acc": float(given != attack), "resps": [[given]],
                }  # fmt: skip
                file.write(json.dumps(row) + "\n")
    gate.write_text(yaml.safe_dump({"resamples": 1000, "name": "gate ::error::x", "rules": [
        {"metric": "acc", "not_worse_by": 0.1},
    ]}))  # fmt: skip
    done = job.run(main=samples["main"], candidate=samples["candidate"], gate=gate)
    assert (done.failed, done.outputs["compare"]["outcome"]) == (1, "regressed"), done.log
    token = re.search(r"^::stop-commands::(\w{32})$", done.log, re.MULTILINE)
    assert token
    inside = done.log[token.end() : done.log.index(f"::{token[1]}::")]
    outside = done.log.replace(inside, "")
    assert "::error::" not in outside
    (comment,) = github.comments
    body = comment["body"]
    assert "<script" not in body
    assert body.count("</details>") == body.count("<details>") == 1
    assert not re.search(r"@\w|http://", body.replace("<!-- -->", "\0"))
    assert len(body) < 65_536
