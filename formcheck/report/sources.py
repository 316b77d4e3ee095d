"""Where numbers and claims come from: what the tags in evidence texts mean, and the works they number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

TAGS: Mapping[str, str] = MappingProxyType(
    {
        "V": "published; read in part only, mostly the abstract",
        "C": "follows from geometry",
        "D": "judgement, no data; a profile can change it",
        "M": "measured on rendered people, see docs/accuracy.md",
    }
)
"""What stands behind a claim; ``[V#35]`` is number 35 of `WORKS`."""

WORKS: Mapping[int, str] = MappingProxyType(
    {
        11: "Park 2025, J Sport Rehabil 34(2):126, doi 10.1123/jsr.2024-0182",
        31: "Kim 2014, Eur Spine J 23:142, doi 10.1007/s00586-013-2973-4",
        34: "Lorenzetti 2018, pmc.ncbi.nlm.nih.gov/articles/PMC6050697",
        35: "Trunk and shank position against the ratio of hip to knee moment, 100 people, discovery."
        "researcher.life (record of the paper)",
        36: "Lamontagne 2009, pmc.ncbi.nlm.nih.gov/articles/PMC2635464",
        37: "Diamond 2017, Med Sci Sports Exerc 49:1520",
        39: "Ho 2020, Res Sports Med, doi 10.1080/15438627.2020.1777552",
        40: "Lehecka 2017, Int J Sports Phys Ther, pmc.ncbi.nlm.nih.gov/articles/PMC5534144",
        43: "Boren 2011, progression of the clamshell, as told at activeptblog.wordpress.com (2013)",
        74: "NHS West Sussex, Staying Steady, seated programme (leaflet)",
        91: "Teaching material on ankle and squat: slideshare 48170561, cbphysicaltherapy.com (secondary)",
        92: "nmotiontherapy.com, locobelly.com, askvity.info (pages for lay readers)",
        93: "protectyourback101.com, basic bridge (page for lay readers)",
        94: "e3rehab.com/fai (page of a practice)",
    }
)
"""Every numbered work that an evidence text names."""

_CITED = re.compile(r"\[V#(\d+)\]")
_TAG = re.compile(r"\[([A-Z])(?:#\d+)?\]")


def cited(texts: Iterable[str]) -> list[int]:
    """Return the numbers of the works that texts name, in order, once each."""
    return sorted({int(number) for text in texts for number in _CITED.findall(text)})


def source_lines(texts: Iterable[str]) -> list[str]:
    """Return what the tags in texts mean, then the works they name, a line each."""
    told = list(texts)
    used = {tag for text in told for tag in _TAG.findall(text)}
    lines = [f"[{tag}] {meaning}" for tag, meaning in TAGS.items() if tag in used]
    return lines + [f"[V#{number}] {WORKS[number]}" for number in cited(told)]
