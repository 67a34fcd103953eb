"""Make the stand-in seed model from a folder of public-domain text.

    make="python -m alignment.seed.pretrain --text FOLDER"
    $make --out A --steps 1500 --rise 200 --fall 0
    $make --out B --start A --steps 700 --rise 70 --fall 1 --instructions 0.3
    $make --out C --start B --steps 2000 --rise 100 --fall 0 --mixture copies --seed 1
    $make --out D --start C --steps 800 --rise 30 --fall 1 --instructions 0.35 --seed 6
    more="--mixture copies --rate 2e-3 --answers 0.2 --attention eager"
    $make --out E --start D $more --steps 1000 --rise 60 --fall 0 --instructions 0.3 --seed 11
    $make --out F --start E $more --steps 1300 --rise 10 --fall 1 --instructions 0.35 --seed 12

Phases at a constant rate learn from exercises cut from the text; the others go on from them with everyday instructions
(`tasks/general`) mixed in, while the rate falls to nothing. Everything is seeded: the same text, settings
and device kind give the same loss up to the arithmetic of the device.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch.nn import functional
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from alignment.seed.batches import LENGTHS, Batch, batches, collate, encode
from alignment.seed.exercises import MIXTURES, Exercise, Material, draw, instructions
from alignment.seed.text import Page, read_pages
from tasks.jsonl import read_examples
from tasks.types import Everyday

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
SPECIAL = ("<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>")
VALIDATION_EVERY = 50  # one page in fifty is never trained on
CONTEXT = 1024
GENERAL = Path(__file__).resolve().parents[2] / "tasks" / "general" / "instructions.jsonl"


def train_tokenizer(pages: list[Page], vocabulary: int) -> PreTrainedTokenizerFast:
    """Byte-level BPE over `pages` with the chat format's special tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=list(SPECIAL), initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator((p for page in pages for p in page.paragraphs), trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<|pad|>", eos_token="<|end|>", model_max_length=CONTEXT
    )
    fast.chat_template = CHAT_TEMPLATE
    fast.padding_side = "left"
    return fast


def new_model(tokenizer: PreTrainedTokenizerFast, width: int, layers: int, heads: int) -> LlamaForCausalLM:
    """A Llama of the given size with tied embeddings and random weights."""
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=3 * width,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            num_key_value_heads=heads,
            max_position_embeddings=CONTEXT,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def loss_of(body: Any, head: Any, batch: Batch) -> torch.Tensor:
    """Mean next-token loss in nats over the counted tokens; logits are computed for those alone."""
    hidden = body(input_ids=batch.tokens, use_cache=False).last_hidden_state
    counted = batch.counted[:, 1:]
    return functional.cross_entropy(head(hidden[:, :-1][counted]).float(), batch.tokens[:, 1:][counted])


@torch.no_grad()
def validate(model: Any, material: Material, tokenizer: Any, device: str, count: int = 128) -> dict[str, float]:
    """Loss in nats a token on exercises cut from held-out pages, for each kind of exercise.

    `topic_unheard` gives each topic answer the prompt of another: how far it lies above `topic` is how much the model
    listens. A kind that cannot be cut from the material is left out.
    """
    model.eval()
    losses: dict[str, float] = {}

    def measure(name: str, exercises: list[Exercise]) -> None:
        batch = collate([encode(e, tokenizer) for e in exercises], LENGTHS[-1], tokenizer.pad_token_id)
        with torch.autocast(device, torch.bfloat16):
            loss = loss_of(model.model, model.lm_head, Batch(batch.tokens.to(device), batch.counted.to(device)))
        losses[name] = round(loss.item(), 4)

    for maker, _ in MIXTURES["new"]:
        random = Random(7)
        drawn = (maker(material, random) for _ in range(50 * count))
        exercises = list(islice((exercise for exercise in drawn if exercise), count))
        if not exercises:
            continue
        measure(maker.__name__, exercises)
        if maker.__name__ == "topic":
            turned = [*exercises[1:], exercises[0]]
            measure("topic_unheard", [replace(e, prompt=o.prompt) for e, o in zip(exercises, turned, strict=True)])
    model.train()
    return losses


def optimizers(model: torch.nn.Module, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, AdamW for embeddings and norms."""
    groups: dict[bool, list[torch.nn.Parameter]] = defaultdict(list)
    for name, parameter in model.named_parameters():
        groups[parameter.ndim == 2 and "embed" not in name].append(parameter)
    return [
        torch.optim.Muon(groups[True], lr=rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(groups[False], lr=rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def share_of_rate(step: int, steps: int, rise: int, falling: float) -> float:
    """Share of the peak learning rate at `step` from 1: a linear rise, a plateau, a linear fall over the last steps.

    `rise` is counted in steps; `falling` is the share of all steps over which the rate falls, in [0, 1].
    """
    return min(1.0, step / max(1, rise), (steps - step + 1) / max(1, int(falling * steps)))


def begin(options: argparse.Namespace, training: list[Page]) -> tuple[Any, Any]:
    """Tokenizer and model: those of the phase before, or new ones."""
    if options.start:
        tokenizer = AutoTokenizer.from_pretrained(options.start)
        loading = {"attn_implementation": options.attention} if options.attention else {}
        model = LlamaForCausalLM.from_pretrained(options.start, dtype=torch.float32, **loading)
    else:
        tokenizer = train_tokenizer(training, options.vocabulary)
        model = new_model(tokenizer, options.width, options.layers, options.heads)
    return tokenizer, model.to(options.device)


def drawing(material: Material, mixture: str, share: float, answers: float = 0.0) -> Callable[[Random], Exercise]:
    """A source of exercises by one of `MIXTURES`.

    `share` of them are everyday instructions as they stand; `answers` are cut from the text of their answers as from
    any other text, so that a sentence is met in many exercises and not learned by heart from one.
    """
    examples = read_examples(GENERAL, Everyday) if share or answers else []
    everyday, written = instructions(examples), Material.of(answer_pages(examples))

    def source(random: Random) -> Exercise:
        kind = random.random()
        if kind < share:
            return random.choice(everyday)
        return draw(written if kind < share + answers else material, random, mixture)

    return source


def answer_pages(examples: Sequence[Everyday], size: int = 6) -> list[Page]:
    """The answers of everyday instructions, and the passages some rest on, as pages of `size` instructions each."""
    groups = [examples[at : at + size] for at in range(0, len(examples), size)]
    return [Page(tuple(text for e in group for text in (*e.passages, e.completion))) for group in groups]


def pretrain(options: argparse.Namespace) -> None:
    """Train tokenizer and model on `options.text` and write both to `options.out`."""
    torch.manual_seed(options.seed)
    pages = read_pages(options.text)
    training = [page for i, page in enumerate(pages) if i % VALIDATION_EVERY]
    tokenizer, model = begin(options, training)
    material = Material.of(training)
    held_out = Material.of([page for i, page in enumerate(pages) if not i % VALIDATION_EVERY])
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(tokenizer)} tokens", flush=True)
    body = torch.compile(model.model, dynamic=False) if options.compile else model.model
    optimizing = optimizers(model, options.rate)
    log, tokens, started = [], 0, time.monotonic()
    source = drawing(material, options.mixture, options.instructions, options.answers)
    stream = batches(source, tokenizer, options.batch, options.seed)
    for step, batch in zip(range(1, options.steps + 1), stream, strict=False):
        for optimizer in optimizing:
            for group in optimizer.param_groups:
                group["lr"] = options.rate * share_of_rate(step, options.steps, options.rise, options.fall)
        with torch.autocast(options.device, torch.bfloat16):
            loss = loss_of(body, model.lm_head, Batch(*(part.to(options.device) for part in batch)))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizing:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        tokens += batch.tokens.numel()
        if step % 100 == 0:
            seconds = time.monotonic() - started
            print(f"step {step} loss {loss.item():.3f} {tokens / seconds:,.0f} tokens/s {seconds:.0f} s", flush=True)
        if step % 500 == 0 or step == options.steps:
            log.append({"step": step, "tokens": tokens, **validate(model, held_out, tokenizer, options.device)})
            print(log[-1], flush=True)
            save(model, tokenizer, options.out)
            settings = {k: str(v) if isinstance(v, Path) else v for k, v in vars(options).items()}
            record = {"settings": settings, "torch": torch.__version__, "validation": log}
            (options.out / "pretraining.json").write_text(json.dumps(record, indent=1) + "\n")


def save(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, out: Path) -> None:
    """Write the model (bfloat16 safetensors) and its tokenizer to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    copy.deepcopy(model).to(torch.bfloat16).save_pretrained(out)
    tokenizer.save_pretrained(out)


def main() -> None:
    """Read the command line and pretrain."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True, help="folder of .txt or .txt.gz files")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=6144, help="tokens a step, padding included")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--heads", type=int, default=8)
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--start", type=Path, help="a folder to go on from")
    parser.add_argument("--rise", type=int, default=200, help="steps over which the rate rises")
    parser.add_argument("--fall", type=float, default=0.4, help="share of the steps over which the rate falls")
    parser.add_argument("--mixture", choices=sorted(MIXTURES), default="new")
    parser.add_argument("--instructions", type=float, default=0.0, help="share of everyday instructions, in [0, 1]")
    parser.add_argument("--answers", type=float, default=0.0, help="share of exercises cut from their answers")
    parser.add_argument("--attention", help="transformers' attn_implementation, of a model to go on from")
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--seed", type=int, default=0)
    pretrain(parser.parse_args())


if __name__ == "__main__":
    main()
