"""The eval logs of tests/data/inspect, written by inspect_ai 0.3.285. To write them anew, with inspect in its own venv:

    python -m venv /tmp/inspect && /tmp/inspect/bin/pip install inspect-ai==0.3.285
    /tmp/inspect/bin/python tests/inspect_logs.py

The model is inspect's mockllm: `base` answers the first 6 of 12 questions right, `tuned` 10; two epochs, two reducers.
`single` has one epoch. Their scorers give letters, words, dictionaries, NaN and text that is no number, and one sample
ends in an error.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import tiktoken
from inspect_ai import Epochs, Task, eval, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, ModelOutput, get_model
from inspect_ai.scorer import CORRECT, INCORRECT, NOANSWER, PARTIAL, Score, accuracy, includes, mean, scorer, stderr
from inspect_ai.solver import solver

DATA = Path(__file__).parent / "data" / "inspect"
SECTIONS = ("pace", "rest", "food")


class Words:
    """Stands for the tokenizer, with which inspect counts tokens and which it would download."""

    def encode(self, text: str, **_: Any) -> list[str]:
        return text.split()


def number(sample_id: object) -> int:
    return int(str(sample_id).split("-")[1])


@scorer(metrics=[accuracy(), stderr()])
def graded() -> Any:
    async def score(state: Any, target: Any) -> Score:
        n = number(state.sample_id)
        if n == 3:
            return Score.unscored(explanation="the grader gave no grade")
        if n == 7:
            return Score(value="B+")
        return Score(value=[CORRECT, PARTIAL, INCORRECT, NOANSWER][(n + state.epoch) % 4])

    return score


@scorer(metrics={"*": [mean(), stderr()]})
def rubric() -> Any:
    async def score(state: Any, target: Any) -> Score:
        n = number(state.sample_id)
        return Score(value={"kind": (n % 5) + state.epoch, "brief": n % 2 == 0})

    return score


@solver
def failing() -> Any:
    async def solve(state: Any, generate: Any) -> Any:
        if str(state.sample_id) == "item-9":
            raise ValueError("the tool broke")
        return await generate(state)

    return solve


@task
def habits(epochs: int = 2) -> Task:
    samples = []
    for n in range(12):
        question = f"How many minutes may a walk of {n} km take?"
        asked = [ChatMessageSystem(content="Answer in one word."), ChatMessageUser(content=question)]
        target = f"{10 * n}" if n != 5 else [f"{10 * n}", "fifty"]
        shown, metadata = question if n % 4 else asked, {"section": SECTIONS[n % 3]}
        samples.append(Sample(id=f"item-{n}", input=shown, target=target, metadata=metadata))
    reduced = Epochs(epochs, ["mean", "max"]) if epochs > 1 else None
    scorers = [includes(), graded(), rubric()]
    return Task(dataset=MemoryDataset(samples, name="habits"), solver=[failing()], scorer=scorers, epochs=reduced)


def mock(right: int) -> Any:
    def answer(messages: Any, *_: Any) -> ModelOutput:
        n = int(messages[-1].text.split(" of ")[1].split()[0])
        return ModelOutput.from_content("mockllm/model", f"It takes {10 * n if n < right else 'long'} minutes.")

    return get_model("mockllm/model", custom_outputs=answer)


if __name__ == "__main__":
    tiktoken.get_encoding = tiktoken.encoding_for_model = lambda name: Words()
    for name, right, epochs in (("base", 6, 2), ("tuned", 10, 2), ("single", 8, 1)):
        with tempfile.TemporaryDirectory() as folder:
            log = eval(habits(epochs), model=mock(right), log_dir=folder, fail_on_error=False, max_samples=1)[0]
            shutil.copyfile(log.location, DATA / f"{name}.eval")
