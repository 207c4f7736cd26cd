"""Sentences of the report: what there is to say about a target, made from the scorecard's tables."""

from __future__ import annotations

from experiments.report.sentences.telling import sentences

__all__ = ["sentences"]
