"""A gate passes a candidate shown to be no worse, stops one shown to be worse, and else reports not judged."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml
from finished import held_out, spoilt, write_run

from benchmarks import gate_power
from harness.gate.rules import load_gate
from harness.metrics.base import find
from harness.recipe.recipe import MetricChoice, load_recipe
from harness.statistics import Resampler, chance, margin_test, power
from harness.statistics.values import mean_values
from valign.jsonl import read_rows, write_rows

Valign = Callable[..., Any]
ITEMS = held_out()
ANSWERS = {"seed": spoilt(ITEMS, 0.6, 1), "sft": spoilt(ITEMS, 0.4, 2), "dpo": spoilt(ITEMS, 0.35, 3)}


@pytest.fixture(scope="module")
def main(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "main", ANSWERS)


@pytest.fixture
def compare(valign: Valign, tmp_path: Path) -> Callable[..., Any]:
    """`valign compare` with some rules: the checks of its JSON, and the result of the command."""

    def call(main: Path, candidate: Path, *rules: dict[str, Any], **gate: Any) -> tuple[list[dict[str, Any]], Any]:
        path, out = tmp_path / "gate.yaml", tmp_path / "gate.json"
        path.write_text(yaml.safe_dump({"resamples": 2000, **gate, "rules": list(rules)}))
        result = valign("compare", main, candidate, "--gate", path, "--json", out)
        if not out.is_file():
            return [], result
        data = json.loads(out.read_text())
        assert data["exit_code"] == result.code
        return data["checks"], result

    return call


def run_of(folder: Path, **changed: Sequence[str]) -> Path:
    return write_run(folder, {**ANSWERS, **changed})


def metric_columns(choice: MetricChoice) -> tuple[str, ...]:
    return find(choice.name, choice.settings).columns


ROUGE = {"metric": "rougeL", "system": "dpo", "not_worse_by": 0.06}


def test_a_run_passes_against_itself(main: Path, compare: Any) -> None:
    rules = [
        {"metric": m, "not_worse_by": 0.01} for m in ("bleu", "rougeL", "preference_accuracy", "win_rate[longest]")
    ]
    checks, result = compare(main, main, *rules)
    assert (result.code, result.err) == (0, "")
    assert [check["outcome"] for check in checks] == ["passed"] * 12
    assert all(check["improvement"]["value"] == 0 for check in checks)


def test_what_is_as_good_passes_and_what_is_worse_regresses(main: Path, compare: Any, tmp_path: Path) -> None:
    (check,), result = compare(main, run_of(tmp_path / "as-good", dpo=spoilt(ITEMS, 0.35, 9)), ROUGE)
    assert (result.code, check["outcome"]) == (0, "passed")
    assert check["improvement"]["low"] > -0.06
    (check,), result = compare(main, run_of(tmp_path / "worse", dpo=spoilt(ITEMS, 0.55, 9)), ROUGE)
    assert (result.code, check["outcome"]) == (1, "regressed")
    assert check["improvement"]["high"] < -0.06
    assert "gate: regressed, 0 of 1 checks passed" in result.out


def test_a_margin_that_the_items_cannot_settle_is_not_judged_and_says_how_many_would(
    main: Path, compare: Any, tmp_path: Path
) -> None:
    (check,), result = compare(
        main, run_of(tmp_path / "new", dpo=spoilt(ITEMS, 0.35, 11)), {**ROUGE, "not_worse_by": 0.001}
    )
    assert (result.code, check["outcome"]) == (2, "not judged")
    assert check["reason"].startswith("too few items for a margin of 0.001: 120 items show a difference of ")
    assert check["power"]["items_needed"] > 10_000
    assert check["power"]["detectable"] > 0.001


def test_better_by_compares_with_any_system_of_main(main: Path, compare: Any) -> None:
    over_seed = {"metric": "rougeL", "system": "dpo", "against": "seed", "better_by": 0.1}
    (passed, refuted, open_), result = compare(
        main, main, over_seed, {**over_seed, "better_by": 0.5}, {**over_seed, "better_by": 0.25}
    )
    assert [one["outcome"] for one in (passed, refuted, open_)] == ["passed", "not shown", "not shown"]
    assert result.code == 2, "a candidate that is not as much better as wished has not become worse"
    assert refuted["reason"] == "shown to be less than that"
    assert open_["reason"].startswith("too near the bound to tell")
    assert (passed["system"], passed["against"]) == ("dpo", "seed")


def test_lower_can_be_better(main: Path, compare: Any) -> None:
    rule = {"metric": "rougeL", "system": "seed", "against": "dpo", "better_by": 0.1, "lower_is_better": True}
    (check,), _ = compare(main, main, rule)
    assert check["outcome"] == "passed"
    assert check["improvement"]["value"] == pytest.approx(check["main"] - check["candidate"])


def test_rules_are_corrected_together(main: Path, compare: Any, tmp_path: Path) -> None:
    new = run_of(tmp_path / "new", dpo=spoilt(ITEMS, 0.35, 9))
    one = {"metric": "rougeL", "system": "dpo", "not_worse_by": 0.04}
    (single,), _ = compare(main, new, one)
    others = [{"metric": "bleu", "system": "dpo", "better_by": number} for number in range(5)]
    (among, *_), _ = compare(main, new, one, *others)
    assert single["p_above"] < among["p_above"] <= 6 * single["p_above"] + 1e-9


def test_passing_needs_no_correction_where_all_checks_must_pass(main: Path, compare: Any, tmp_path: Path) -> None:
    new = run_of(tmp_path / "new", dpo=spoilt(ITEMS, 0.35, 9))
    rules = [{"metric": metric, "system": "dpo", "not_worse_by": 0.04} for metric in ("rouge1", "rougeL")]
    single = [compare(main, new, rule)[0][0] for rule in rules]
    both, _ = compare(main, new, *rules, correction="regressions")
    assert [one["p_above"] for one in both] == [one["p_above"] for one in single]
    worse = run_of(tmp_path / "worse", dpo=spoilt(ITEMS, 0.4, 9))
    one = [compare(main, worse, rule)[0][0]["p_below"] for rule in rules]
    corrected, _ = compare(main, worse, *rules, correction="regressions")
    assert min(check["p_below"] for check in corrected) == pytest.approx(min(1.0, 2 * min(one)))


def test_a_win_rate_is_compared_over_the_opponents_that_both_runs_share(
    main: Path, compare: Any, tmp_path: Path
) -> None:
    rule = {"metric": "win_rate[longest]", "system": "dpo", "not_worse_by": 0.1}
    changed = {"dpo": spoilt(ITEMS, 0.35, 9), "sft": spoilt(ITEMS, 0.4, 8)}
    (check,), _ = compare(main, run_of(tmp_path / "new", **changed), rule)
    assert check["reason"].startswith("over seed")
    everything = {**changed, "seed": spoilt(ITEMS, 0.6, 7)}
    (check,), result = compare(main, run_of(tmp_path / "all", **everything), rule)
    assert result.code == 2
    assert check["reason"].startswith("other opponents: none of seed, sft gave the same answers in both runs")
    other = write_run(tmp_path / "judge", ANSWERS, judge_settings={"model": "another"})
    (check,), result = compare(main, other, rule)
    assert result.code == 2
    assert check["reason"].startswith("another judge: longest has other settings")


def test_different_items_prompts_and_metrics_are_not_comparable(main: Path, compare: Any, tmp_path: Path) -> None:
    fewer = {name: texts[:100] for name, texts in ANSWERS.items()}
    (check,), result = compare(main, write_run(tmp_path / "fewer", fewer), ROUGE)
    assert result.code == 2
    assert check["reason"].startswith(
        "other data: 20 items are in one of the two only (main has 120, the candidate 100)"
    )
    other = [replace(item, prompt=item.prompt + " Why?") if n == 3 else item for n, item in enumerate(ITEMS)]
    (check,), result = compare(main, write_run(tmp_path / "prompts", ANSWERS, other), ROUGE)
    assert (result.code, result.out.count("other prompts")) == (2, 1)
    assert check["reason"].startswith("other prompts: 1 of 120 items ask something else")
    scored = run_of(tmp_path / "scored")
    for columns in (scored / "artefacts" / "scores").glob("*rouge*/columns.json"):
        columns.write_text(columns.read_text().replace("stem:porter", "stem:no"))
    (check,), result = compare(main, scored, ROUGE)
    assert result.code == 2
    assert "measured differently: main by rougeL|rouge-score|stem:porter" in check["reason"]


def test_items_in_another_order_are_matched(main: Path, compare: Any, tmp_path: Path) -> None:
    turned = {name: list(reversed(texts)) for name, texts in ANSWERS.items()}
    rules = ROUGE, {"metric": "win_rate[longest]", "system": "dpo", "not_worse_by": 0.01}
    checks, result = compare(main, write_run(tmp_path / "turned", turned, list(reversed(ITEMS))), *rules)
    assert result.code == 0
    assert [check["improvement"]["low"] for check in checks] == [0, 0]


def test_few_items_and_unscored_items_are_not_judged(main: Path, compare: Any, tmp_path: Path) -> None:
    few = {name: texts[:42] for name, texts in ANSWERS.items()}
    small = write_run(tmp_path / "small", few)
    (check,), result = compare(small, small, ROUGE)
    assert result.code == 2
    assert check["reason"] == "too few: 7 sections, and fewer than 10 settle nothing"
    gone = run_of(tmp_path / "gone")
    for file in (gone / "artefacts" / "scores").glob("udhr-dpo-rouge*/rougeL.npy"):
        values = np.load(file)
        values[:7] = np.nan
        np.save(file, values)
    (check,), result = compare(main, gone, ROUGE)
    assert (result.code, check["reason"]) == (2, "7 of 120 items have no score")


def test_equal_binary_answers_have_an_exact_interval() -> None:
    """The rule of three: none of 40 differs, so up to 9% might; with 200 it is 1.8%."""
    for n, low in ((40, -0.088), (200, -0.018)):
        same = mean_values([1.0, 0.0] * (n // 2), "safe")
        found = margin_test(same, mean_values([1.0, 0.0] * (n // 2), "safe"), Resampler(n), -0.05)
        assert found.difference.low == pytest.approx(low, abs=0.001)
        assert found.p_above == pytest.approx(0.95**n)
        assert found.power.items_needed == 72
    known = margin_test(same, same, Resampler(n), -0.05, same=True)
    assert known.difference.low == 0


def test_the_p_of_a_bound_is_that_of_student_s_t_and_agrees_with_the_interval() -> None:
    from scipy import stats

    rng = np.random.default_rng(0)
    for seed in range(20):
        a, b = (mean_values(rng.normal(mean, 1, size=60).tolist(), "x") for mean in (0.1, 0.0))
        resampler = Resampler(60, seed=seed)
        found = margin_test(a, b, resampler, -0.3)
        exact = stats.ttest_1samp((a.statistics - b.statistics)[:, 0], -0.3, alternative="greater").pvalue
        assert found.p_above == pytest.approx(exact, abs=0.01)
        assert found.p_above + found.p_below == pytest.approx(1, abs=0.001)
        assert (found.p_above < 0.025) == (found.difference.low > -0.3)


def test_chance_is_the_inverse_of_the_detectable_difference() -> None:
    rng = np.random.default_rng(1)
    a, b = (mean_values(rng.normal(size=80).tolist(), "x") for _ in range(2))
    found = power(a, b, Resampler(80))
    assert chance(found.detectable, found.standard_error, 79) == pytest.approx(0.8)
    assert chance(0.0, found.standard_error, 79) == pytest.approx(0.025)


SAMPLE = {"target": "", "resps": [], "filter": "none", "metrics": ["acc"]}


def samples(path: Path, right: Sequence[float], **changed: Any) -> Path:
    """A file as lm-eval's --log_samples writes it, of a multiple-choice task."""
    rows = []
    for n, acc in enumerate(right):
        doc = {"question": f"{n} + 1?"}
        hashes = {"doc_hash": f"d{n}", "prompt_hash": f"p{n}", "target_hash": "t"}
        row: dict[str, Any] = {**SAMPLE, **hashes, "doc_id": n, "doc": doc, "arguments": {}, "acc": acc}
        rows.append({**row, "filtered_resps": [["-1.0", "False"], [str(-acc), "False"]], **changed})
    path.parent.mkdir(parents=True, exist_ok=True)
    write_rows(path, rows)
    return path


def test_samples_that_lm_eval_logged_are_compared_item_by_item(compare: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    right = (rng.random(400) < 0.7).astype(float)
    slips = np.where(rng.random(400) < 0.2, 0.0, right)
    old = samples(tmp_path / "old" / "model" / "samples_sums_2026-01-01T00-00-00.000000.jsonl", right.tolist())
    new = samples(tmp_path / "new" / "samples_sums_2026-02-01T00-00-00.000000.jsonl", slips.tolist())
    rule = {"task": "sums", "metric": "acc", "not_worse_by": 0.05}
    (check,), result = compare(old.parents[1], new, rule)
    assert (result.code, check["outcome"]) == (1, "regressed")
    assert check["improvement"]["value"] == pytest.approx(slips.mean() - right.mean())
    assert (check["system"], check["against"]) == ("new", "model")
    (check,), result = compare(old, old, rule)
    assert result.code == 0


def test_samples_of_other_prompts_or_without_a_score_are_an_error(compare: Any, tmp_path: Path) -> None:
    old = samples(tmp_path / "old" / "samples_sums.jsonl", [1.0] * 50)
    shots = samples(tmp_path / "shots" / "samples_sums.jsonl", [1.0] * 50, prompt_hash="five shots")
    rule = {"metric": "acc", "not_worse_by": 0.05}
    (check,), result = compare(old, shots, rule)
    assert result.code == 2
    assert check["reason"].startswith("other prompts: 50 of 50 items ask something else")
    _, result = compare(old, old, {**rule, "metric": "accc"})
    assert result.err == "valign: unknown metric in rule 1 'accc': did you mean 'acc'?\n"
    (tmp_path / "empty").mkdir()
    _, result = compare(old, tmp_path / "empty", rule)
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "neither a run (run.json) nor lm-eval's samples" in result.err
    write_rows(tmp_path / "samples_x.jsonl", [{"doc_id": 0}])
    _, result = compare(old, tmp_path / "samples_x.jsonl", rule)
    assert "samples_x.jsonl:1: no sample of lm-eval's" in result.err


def test_filters_of_one_task_are_columns_of_their_own(compare: Any, tmp_path: Path) -> None:
    loose = samples(tmp_path / "loose.jsonl", [1.0] * 60, filter="loose")
    strict = samples(tmp_path / "strict.jsonl", [0.0] * 60, filter="strict")
    both = tmp_path / "both" / "samples_sums.jsonl"
    both.parent.mkdir()
    write_rows(both, [row for file in (loose, strict) for _, row in read_rows(file)])
    checks, result = compare(both, both, {"metric": ["acc,loose", "acc,strict"], "not_worse_by": 0.1})
    assert result.code == 0
    assert [check["candidate"] for check in checks] == [1, 0]


def test_a_run_is_compared_with_samples_of_the_same_held_out_prompts(main: Path, compare: Any, tmp_path: Path) -> None:
    rows = []
    for n, (item, text) in enumerate(zip(ITEMS, ANSWERS["dpo"], strict=True)):
        rows.append({
            **SAMPLE, "doc_id": n, "doc": vars(item), "arguments": {}, "target": item.reference,
            "metrics": ["bleu"], "bleu": [item.reference, text], "filtered_resps": [text],
        })  # fmt: skip
    write_rows(tmp_path / "samples_valign_udhr_2026-01-01T00-00-00.jsonl", rows)
    both = {"task": "valign_udhr", "metric": ["bleu", "rougeL"], "system": "dpo", "not_worse_by": 0.01}
    checks, result = compare(main, tmp_path / "samples_valign_udhr_2026-01-01T00-00-00.jsonl", both)
    assert result.code == 0
    for check in checks:
        assert check["candidate"] == pytest.approx(check["main"], abs=1e-12)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([{"metric": "bleu", "not_wrose_by": 1}], "unknown key 'not_wrose_by': did you mean 'not_worse_by'"),
        ([{"metric": "bleu"}], "gate.yaml: rules.0: say either better_by or not_worse_by"),
        ([{"metric": "bleu", "not_worse_by": -1}], "gate.yaml: rules.0.not_worse_by: "),
        ([], "gate.yaml: rules: "),
        ([{"metric": "blue", "not_worse_by": 1}], "unknown metric in rule 1 'blue': did you mean 'bleu'?"),
        ([{"metric": "bleu", "task": "udrh", "not_worse_by": 1}], "task in rule 1 'udrh': did you mean 'udhr'"),
        ([{"metric": "bleu", "system": "dppo", "not_worse_by": 1}], "unknown system 'dppo': did you mean 'dpo'"),
        ([{"metric": "bleu", "against": "sft", "not_worse_by": 1}], "rule 1: 'against' needs 'system'"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_gate_is_one_line(main: Path, compare: Any, rules: list[dict[str, Any]], message: str) -> None:
    _, result = compare(main, main, *rules)
    assert result.code == 2
    assert message in result.err
    assert result.err.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n", "margin"),
    [("BLEU, −2", 200, 0.0), ("BLEU, A/A", 200, 0.0), ("unsafe, +5 points", 1000, 0.0), ("unsafe, A/A", 1000, 0.025)],
)
def test_simulated_regressions_are_found_as_often_as_the_power_says(name: str, n: int, margin: float) -> None:
    """A cut-down `benchmarks/gate_power.py`; four standard errors of 150 pairs are allowed."""
    (setting,) = (one for one in gate_power.SETTINGS if (one.name, one.n, one.margin) == (name, n, margin))
    shares = gate_power.run(setting, pairs=150, resamples=1000, seed=3)
    for outcome, expected in shares.expected.items():
        noise = 4 * math.sqrt(max(expected * (1 - expected), 0.01) / 150)
        assert shares.found[outcome] == pytest.approx(expected, abs=noise), outcome


def test_the_shipped_gate_names_what_a_quickstart_run_has() -> None:
    from harness.run.columns import win_column

    root = Path(__file__).parents[1]
    gate, recipe = load_gate(root / "recipes" / "gate.yaml"), load_recipe(root / "recipes" / "quickstart.yaml")
    columns = {column for choice in recipe.metrics for column in metric_columns(choice)}
    assert gate.columns <= columns | {win_column(judge.key) for judge in recipe.judges} | {"preference_accuracy"}
    named = {name for rule in gate.rules for name in (*rule.system, *([rule.against] if rule.against else []))}
    assert named <= {system.name for system in recipe.systems}
    assert {task for rule in gate.rules for task in rule.task} <= set(recipe.documents)


def test_all_output_formats_agree(main: Path, valign: Valign, tmp_path: Path) -> None:
    gate = tmp_path / "gate.yaml"
    gate.write_text(yaml.safe_dump({"rules": [
        ROUGE, {"metric": "bleu", "system": "seed", "against": "dpo", "not_worse_by": 1},
        {"metric": "bleu", "system": "sft", "against": "dpo", "not_worse_by": 7},
        {"metric": "bleu", "system": "dpo", "against": "seed", "better_by": 90},
    ]}))  # fmt: skip
    files = {name: tmp_path / f"out.{name}" for name in ("json", "markdown", "junit")}
    result = valign("compare", main, main, "--gate", gate, *(part for n, f in files.items() for part in (f"--{n}", f)))
    assert result.code == 1
    checks = json.loads(files["json"].read_text())["checks"]
    assert [check["outcome"] for check in checks] == ["passed", "regressed", "not judged", "not shown"]
    suite = ElementTree.parse(files["junit"]).getroot()
    assert suite.attrib == {"name": "gate", "tests": "4", "failures": "2", "errors": "1"}
    assert [[child.tag for child in case] for case in suite] == [[], ["failure"], ["error"], ["failure"]]
    page = files["markdown"].read_text()
    assert page.startswith(
        "# valign gate\n\n**gate: regressed, 1 of 4 checks passed; udhr bleu of seed against dpo: must be not worse by"
    )
    assert page.count("| udhr") == 4


PROBE = """
import sys, time
sys.argv = ["valign", *sys.argv[1:]]
from harness.cli.app import main
try:
    main()
finally:
    heavy = {"torch", "transformers", "trl", "lm_eval", "datasets", "faiss", "sentence_transformers"} & set(sys.modules)
    print("imported:", sorted(heavy))
"""


def test_the_gate_and_the_report_need_no_heavy_library_and_no_data(main: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate.yaml"
    gate.write_text(yaml.safe_dump({"rules": [ROUGE]}))
    for arguments in (["compare", str(main), str(main), "--gate", str(gate)], ["report", str(main)]):
        done = subprocess.run([sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "imported: []" in done.stdout
