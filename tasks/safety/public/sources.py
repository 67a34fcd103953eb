"""The public suites: their files, licences and citations."""

from __future__ import annotations

from dataclasses import dataclass

_GITHUB = "https://raw.githubusercontent.com"
_HUB = "https://huggingface.co/datasets"


@dataclass(frozen=True)
class File:
    """A file by the name its authors gave it, and its address; none where only the hub's data set has it."""

    name: str
    url: str = ""


@dataclass(frozen=True)
class Source:
    """A public suite. `hub` is the data set that lm-eval's own task loads, empty where the task is ours.

    `files`: a copy of any upstream repository that holds them serves as a local copy, wherever they lie in it.
    """

    name: str
    title: str
    licence: str
    citation: str
    home: str
    files: tuple[File, ...]
    hub: str = ""
    needs: str = ""

    def how_to_get(self) -> str:
        """What a person can do where the suite could not be loaded, as one clause."""
        names = ", ".join(file.name for file in self.files)
        found = f"get {names} from {self.home} and name the folder with --data-dir"
        return f"{found}; {self.needs}" if self.needs else found


def _github(repository: str, path: str, branch: str = "main") -> File:
    return File(path.rsplit("/", 1)[-1], f"{_GITHUB}/{repository}/{branch}/{path}")


def _hub(data_set: str, path: str) -> File:
    return File(path.rsplit("/", 1)[-1], f"{_HUB}/{data_set}/resolve/main/{path}")


_BBQ = ("Age", "Disability_status", "Gender_identity", "Nationality", "Physical_appearance", "Race_ethnicity",
        "Race_x_SES", "Race_x_gender", "Religion", "SES", "Sexual_orientation")  # fmt: skip
_BOLD = ("gender", "political_ideology", "profession", "race", "religious_ideology")
_ETHICS = (("cm", "commonsense"), ("deontology",) * 2, ("justice",) * 2, ("util", "utilitarianism"), ("virtue",) * 2)

_OURS = (
    Source(
        "xstest", "XSTest", "CC-BY-4.0", "Röttger et al., NAACL 2024, arXiv:2308.01263",
        "https://github.com/paul-rottger/xstest", (_github("paul-rottger/xstest", "xstest_prompts.csv"),),
    ),
    Source(
        "harmbench", "HarmBench", "MIT", "Mazeika et al., ICML 2024, arXiv:2402.04249",
        "https://github.com/centerforaisafety/HarmBench",
        (_github("centerforaisafety/HarmBench", "data/behavior_datasets/harmbench_behaviors_text_all.csv"),),
    ),
    Source(
        "strongreject", "StrongREJECT", "MIT", "Souly et al., NeurIPS 2024, arXiv:2402.10260",
        "https://github.com/alexandrasouly/strongreject",
        (_github("alexandrasouly/strongreject", "strongreject_dataset/strongreject_dataset.csv"),),
    ),
    Source(
        "advbench", "AdvBench", "MIT", "Zou et al., 2023, arXiv:2307.15043",
        "https://github.com/llm-attacks/llm-attacks",
        (_github("llm-attacks/llm-attacks", "data/advbench/harmful_behaviors.csv"),),
    ),
    Source(
        "do_not_answer", "Do-Not-Answer", "CC-BY-NC-SA-4.0", "Wang et al., Findings of EACL 2024, arXiv:2308.13387",
        "https://github.com/Libr-AI/do-not-answer",
        (_github("Libr-AI/do-not-answer", "datasets/Instruction/do_not_answer_en.csv"),),
    ),
    Source(
        "attaq", "AttaQ", "MIT", "Kour et al., BlackboxNLP 2023, arXiv:2311.04124",
        f"{_HUB}/ibm-research/AttaQ", (_hub("ibm-research/AttaQ", "AttaQ-v1.csv"),),
    ),
    Source(
        "socialstigmaqa", "SocialStigmaQA", "CDLA-Permissive-2.0", "Nagireddy et al., AAAI 2024, arXiv:2312.07492",
        f"{_HUB}/ibm-research/SocialStigmaQA",
        (_hub("ibm-research/SocialStigmaQA", "yes_no/full_dataset_yes_no.csv"),),
    ),
    Source(
        "bold", "BOLD", "CC-BY-SA-4.0", "Dhamala et al., FAccT 2021, arXiv:2101.11718",
        "https://github.com/amazon-science/bold",
        tuple(_github("amazon-science/bold", f"prompts/{domain}_prompt.json") for domain in _BOLD),
    ),
)  # fmt: skip

_LM_EVALS = (
    Source(
        "bbq", "BBQ", "CC-BY-4.0", "Parrish et al., Findings of ACL 2022, arXiv:2110.08193",
        "https://github.com/nyu-mll/BBQ", tuple(File(f"{name}.jsonl") for name in _BBQ), "oskarvanderwal/bbq",
    ),
    Source(
        "truthfulqa", "TruthfulQA", "Apache-2.0", "Lin et al., ACL 2022, arXiv:2109.07958",
        "https://github.com/sylinrl/TruthfulQA", (File("mc_task.json"),), "truthfulqa/truthful_qa",
    ),
    Source(
        "crows_pairs", "CrowS-Pairs", "CC-BY-SA-4.0", "Nangia et al., EMNLP 2020, arXiv:2010.00133",
        "https://github.com/nyu-mll/crows-pairs", (File("crows_pairs_anonymized.csv"),),
        "jannalu/crows_pairs_multilingual",
    ),
    Source(
        "toxigen", "ToxiGen", "MIT, research use", "Hartvigsen et al., ACL 2022, arXiv:2203.09509",
        f"{_HUB}/toxigen/toxigen-data", (File("annotated_test.csv"),), "skg/toxigen-data",
    ),
    Source(
        "ethics", "ETHICS", "MIT", "Hendrycks et al., ICLR 2021, arXiv:2008.02275",
        "https://github.com/hendrycks/ethics", tuple(File(f"{short}_test.csv") for short, _ in _ETHICS),
        "EleutherAI/hendrycks_ethics",
    ),
    Source(
        "winogender", "Winogender", "MIT", "Rudinger et al., NAACL 2018, arXiv:1804.09301",
        f"{_HUB}/oskarvanderwal/winogender", (File("winogender_all.jsonl"),), "oskarvanderwal/winogender",
    ),
    Source(
        "realtoxicityprompts", "RealToxicityPrompts", "Apache-2.0", "Gehman et al., Findings of EMNLP 2020, "
        "arXiv:2009.11462", f"{_HUB}/allenai/real-toxicity-prompts", (File("prompts.jsonl"),),
        "allenai/real-toxicity-prompts", "set PERSPECTIVE_API_KEY: its answers are scored by Perspective",
    ),
)  # fmt: skip

#: Every public suite by name.
SOURCES: dict[str, Source] = {source.name: source for source in (*_OURS, *_LM_EVALS)}
