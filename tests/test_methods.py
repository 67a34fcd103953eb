"""Methods are thin over TRL: its settings under its names, peft's for LoRA, and a checkpoint that loads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alignment.method import Method, TrainingJob
from alignment.rows import document_rows, training_rows
from alignment.training import check
from baselines.registry import METHODS
from tasks.data.folder import DataFolder
from valign.errors import InputError

SETTINGS = {
    "max_steps": 2, "per_device_train_batch_size": 2, "learning_rate": 0.01, "max_length": 64, "logging_steps": 1,
    "gradient_checkpointing": False, "bf16": False, "disable_tqdm": True,
}  # fmt: skip


@pytest.fixture
def data(data_folder: Path) -> DataFolder:
    return DataFolder("library", data_folder)


def job_of(method: Method, model: Path, data: DataFolder, out: Path, **parts: Any) -> TrainingJob:
    rows = training_rows(data, method)
    return TrainingJob(**{"model": str(model), "rows": rows, "out": out, "seed": 0, "settings": SETTINGS, **parts})


def weights(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def moved(before: Path, after: Path) -> list[str]:
    """The names of the tensors that differ between two checkpoints."""
    first, second = weights(before), weights(after)
    assert first.keys() == second.keys()
    return [name for name in first if not first[name].equal(second[name])]


def test_every_method_is_found_by_its_name() -> None:
    assert list(METHODS.names()) == ["c-fine-tuned", "dpo", "few-shot", "prompted", "sft"]
    for name in METHODS.names():
        assert METHODS.find(name).name == name
    assert (METHODS.find("dpo").starts_from, METHODS.find("sft").starts_from) == ("sft", "seed")
    with pytest.raises(InputError, match="did you mean 'sft'"):
        METHODS.find("sftt")


def test_each_method_reads_its_own_rows(data: DataFolder) -> None:
    rows = {name: training_rows(data, METHODS.find(name)) for name in ("c-fine-tuned", "sft", "dpo")}
    assert rows["c-fine-tuned"] == document_rows(data.document())
    assert len(rows["c-fine-tuned"]) == 1
    assert rows["c-fine-tuned"][0]["text"].startswith(
        "Rules of the Library\n\nGifts\n\nDo not take gifts from suppliers. A small calendar is fine.\n\nReport every"
    )
    assert [set(rows[name][0]) for name in ("sft", "dpo")] == [
        {"prompt", "completion"},
        {"prompt", "chosen", "rejected"},
    ]
    assert rows["sft"][0]["completion"] == [{"role": "assistant", "content": "No. Report the watch to the office."}]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sft", "dpo"])
def test_lora_trains_adapters_alone_and_saves_a_merged_checkpoint_that_loads(
    name: str, tiny_model: Path, data: DataFolder, tmp_path: Path
) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    out = tmp_path / "out"
    lora = {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj"]}
    method = METHODS.find(name)
    method.train(job_of(method, tiny_model, data, out, lora=lora))
    assert moved(tiny_model, out) == [f"model.layers.{n}.self_attn.q_proj.weight" for n in (0, 1)]
    assert not (out / "adapter_config.json").exists()
    assert AutoModelForCausalLM.from_pretrained(out).config.hidden_size == 32
    assert AutoTokenizer.from_pretrained(out).chat_template


@pytest.mark.slow
@pytest.mark.parametrize("name", ["c-fine-tuned", "sft", "dpo"])
@pytest.mark.parametrize("lora", [None, {"r": 4, "lora_dropout": 0.5}], ids=["full", "lora"])
def test_the_same_job_gives_the_same_weights_whatever_ran_before_it(
    name: str, lora: dict[str, Any] | None, tiny_model: Path, data: DataFolder, tmp_path: Path
) -> None:
    import torch

    method = METHODS.find(name)
    for out, before in ((tmp_path / "one", 1), (tmp_path / "two", 2)):
        torch.manual_seed(before)
        method.train(job_of(method, tiny_model, data, out, lora=lora))
    assert (tmp_path / "one/model.safetensors").read_bytes() == (tmp_path / "two/model.safetensors").read_bytes()
    torch.manual_seed(1)
    method.train(job_of(method, tiny_model, data, tmp_path / "three", lora=lora, seed=1))
    assert moved(tmp_path / "one", tmp_path / "three"), "the seed of the job should count"


@pytest.mark.slow
def test_sft_s_loss_covers_the_completion_alone_and_c_fine_tuned_s_every_token(
    tiny_model: Path, data: DataFolder, tmp_path: Path
) -> None:
    """The first loss of each, against the mean token loss computed here from the rendered strings."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(tiny_model)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)

    def nats(text: str, start: int) -> list[float]:
        ids = torch.tensor([tokenizer(text, add_special_tokens=False)["input_ids"]])
        with torch.no_grad():
            each = torch.log_softmax(model(ids).logits, dim=-1)[0, :-1].gather(1, ids[0, 1:, None])[:, 0]
        return (-each[max(0, start - 1) :]).tolist()

    for name in ("sft", "c-fine-tuned"):
        method = METHODS.find(name)
        work = job_of(method, tiny_model, data, tmp_path / name)
        everything = {**SETTINGS, "max_steps": 1, "per_device_train_batch_size": len(work.rows), "max_length": 256}
        method.train(job_of(method, tiny_model, data, tmp_path / name, settings=everything))
        losses: list[float] = []
        for row in work.rows:
            if "text" in row:
                losses += nats(row["text"] + tokenizer.eos_token, 0)
            else:
                before = tokenizer.apply_chat_template(row["prompt"], tokenize=False, add_generation_prompt=True)
                whole = tokenizer.apply_chat_template([*row["prompt"], *row["completion"]], tokenize=False)
                losses += nats(whole, len(tokenizer(before, add_special_tokens=False)["input_ids"]))
        logged = json.loads((tmp_path / name / "training_log.json").read_text())[0]["loss"]
        assert float(logged) == pytest.approx(sum(losses) / len(losses), rel=2e-3), name


@pytest.mark.slow
def test_c_fine_tuned_reads_the_whole_document_in_full_blocks_with_one_end_of_text(
    tiny_model: Path, data: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoTokenizer

    import alignment.methods.sft as sft

    built: list[Any] = []
    monkeypatch.setattr(sft, "run", lambda trainer, _: built.append(trainer))
    method = METHODS.find("c-fine-tuned")
    work = job_of(method, tiny_model, data, tmp_path / "out", settings={**SETTINGS, "max_length": 16})
    method.train(work)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    whole = tokenizer(work.rows[0]["text"] + tokenizer.eos_token, add_special_tokens=False)["input_ids"]
    blocks = [row["input_ids"] for row in built[0].train_dataset]
    assert [token for block in blocks for token in block] == whole
    assert {len(block) for block in blocks[:-1]} == {16}
    assert whole.count(tokenizer.eos_token_id) == 1
    assert all(row["labels"] == row["input_ids"] for row in built[0].train_dataset)


def test_c_fine_tuned_without_packing_is_refused(tiny_model: Path, data: DataFolder, tmp_path: Path) -> None:
    method = METHODS.find("c-fine-tuned")
    assert isinstance(method, Method)
    for settings, said in (
        ({"packing": False}, "setting 'packing' of method c-fine-tuned: expected True, not False"),
        ({"packing_strategy": "bfd"}, "expected 'wrapped', not 'bfd'"),
    ):
        with pytest.raises(InputError, match=said):
            check(method, job_of(method, tiny_model, data, tmp_path / "out", settings=settings))
    check(method, job_of(method, tiny_model, data, tmp_path / "out", settings={"packing": True}))


@pytest.mark.slow
def test_settings_reach_trl_under_its_own_names(tiny_model: Path, data: DataFolder, tmp_path: Path) -> None:
    settings = {**SETTINGS, "max_steps": 3, "learning_rate": 0.004, "lr_scheduler_type": "constant"}
    method = METHODS.find("sft")
    method.train(job_of(method, tiny_model, data, tmp_path / "out", settings=settings))
    log = json.loads((tmp_path / "out" / "training_log.json").read_text())
    assert [entry["learning_rate"] for entry in log if "learning_rate" in entry] == [0.004] * 3


@pytest.mark.parametrize(
    ("name", "parts", "said"),
    [
        ("sft", {"settings": {"learning_rte": 1}}, "SFTConfig 'learning_rte': did you mean 'learning_rate'?"),
        ("dpo", {"settings": {"betta": 1}}, "unknown setting of DPOConfig 'betta': did you mean 'beta'?"),
        ("sft", {"settings": {"seed": 1}}, "setting 'seed' of SFTConfig is fixed by valign (0)"),
        ("sft", {"settings": {"output_dir": "x"}}, "setting 'output_dir' of SFTConfig is fixed by valign"),
        ("sft", {"settings": {"lr_scheduler_type": "cosin"}}, "settings of SFTConfig: "),
        ("sft", {"settings": {"model_init_kwargs": "eager"}}, "model_init_kwargs of SFTConfig: expected a mapping"),
        ("dpo", {"settings": {"model_init_kwargs": {"dtype": "float16"}}}, "fixed by valign; set hardware.dtype"),
        ("sft", {"settings": {"model_init_kwargs": {"attn_implementation": "quick"}}}, "with model_init_kwargs"),
        ("sft", {"lora": {"rank": 4}}, "unknown setting of LoraConfig 'rank'"),
        ("dpo", {"lora": {"lora_alhpa": 4}}, "unknown setting of LoraConfig 'lora_alhpa': did you mean 'lora_alpha'?"),
        ("sft", {"lora": {"task_type": "SEQ_CLS"}}, "setting 'task_type' of LoraConfig is fixed by valign"),
    ],
)  # fmt: skip
def test_a_setting_that_trl_or_peft_lacks_is_named_with_the_nearest(
    name: str, parts: dict[str, Any], said: str, tiny_model: Path, data: DataFolder, tmp_path: Path
) -> None:
    method = METHODS.find(name)
    with pytest.raises(InputError) as raised:
        method.train(job_of(method, tiny_model, data, tmp_path / "out", **parts))
    assert said in str(raised.value)
    assert not (tmp_path / "out").exists()


@pytest.fixture
def sft_trainer(
    tiny_model: Path, data: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """The trainer that SFT would run, built with settings beside `SETTINGS`."""
    import alignment.methods.sft as sft

    def build(**settings: Any) -> Any:
        built: list[Any] = []
        monkeypatch.setattr(sft, "run", lambda trainer, _: built.append(trainer))
        sft.train(job_of(METHODS.find("sft"), tiny_model, data, tmp_path / "out", settings={**SETTINGS, **settings}))
        return built[0]

    return build


@pytest.mark.slow
@pytest.mark.parametrize("wanted", ["eager", "sdpa"])
def test_a_model_is_loaded_as_trl_s_model_init_kwargs_say(sft_trainer: Callable[..., Any], wanted: str) -> None:
    trainer = sft_trainer(model_init_kwargs={"attn_implementation": wanted})
    assert trainer.model.config._attn_implementation == wanted
