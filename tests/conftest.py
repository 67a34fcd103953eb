"""What several tests start from; nothing here or in any test asks the network for anything."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml

os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "TQDM_DISABLE": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


def write_tiny_model(folder: Path) -> Path:
    """A Llama of 2 layers and width 32 with random weights, and a tokenizer of 4096 tokens with a chat template."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(Path(__file__).parent / "data" / "tokenizer")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=512, initializer_range=0.2,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, bos_token_id=None,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """See `write_tiny_model`."""
    return write_tiny_model(tmp_path_factory.mktemp("tiny-model"))


@pytest.fixture(scope="session")
def leaderboard(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """See `entries.Entries`."""
    from entries import write_entries

    return write_entries(tmp_path_factory.mktemp("leaderboard-runs"))


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    """A document of three sections with its data."""
    return tiny.write_data(tmp_path / "library")


@pytest.fixture
def tiny_recipe(tiny_model: Path, data_folder: Path) -> dict[str, Any]:
    """A recipe over the tiny model and the tiny data, as plain data to change."""
    return tiny.recipe_of(tiny_model, data_folder)


@pytest.fixture
def valign(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """The command line in this process: what it printed and its exit code. A traceback fails the test."""
    from harness.cli.app import main

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["valign", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        printed = capsys.readouterr()
        return Said(code, printed.out, printed.err)

    return call


@pytest.fixture
def write_recipe(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """Writes a recipe's data to a file and returns its path."""

    def write(data: dict[str, Any]) -> Path:
        path = tmp_path / "recipe.yaml"
        path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
        return path

    return write


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--most-skipped", type=int, help="fail where more tests than this are skipped")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    skipped, most = len(terminalreporter.stats.get("skipped", ())), config.getoption("--most-skipped")
    if most is not None and skipped > most:
        terminalreporter.write_line(f"{skipped} tests were skipped, {most} at the most are expected to be", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    most = session.config.getoption("--most-skipped")
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if most is not None and reporter is not None and len(reporter.stats.get("skipped", ())) > most:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
