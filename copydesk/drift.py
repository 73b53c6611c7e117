"""Is this delivery like the ones before? Volume, language mix, labels, empty documents and freshness, compared.

Nothing is judged here: `measure_drift` gives a row for each thing compared, and the suite `expectations/delivery.json`
says how far each may move.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import polars as pl

from copydesk.schemas import COUNT, HISTORY, SCORE, TEXT, TIME, Contract, History, Tables

KEPT_DELIVERIES: Final = 20
MIN_DELIVERIES: Final = 5
"""Volume and freshness are compared with at least so many deliveries."""
MIN_DOCUMENTS: Final = 50
"""A share among fewer documents says nothing."""
ALL: Final = "all"
_SCOPES: Final = (ALL, "language", "site")
_SECONDS_A_DAY: Final = 86_400

MEASURES: Final = ("volume_ratio", "mix_change", "label_change", "empty_change", "age_growth_days")
DELIVERY = Contract(
    "delivery",
    {"scope": TEXT, "name": TEXT, "label": TEXT, "usual": SCORE, "seen": SCORE} | dict.fromkeys(MEASURES, SCORE),
    (),
)
"""What is compared: one row for each, with one of the last five columns. `scope` is all, language or site, `name`
which; `usual` and `seen` are documents (volume), shares from 0 to 1, or days (age of the newest page)."""

_SENTENCES: Final = {
    "volume_ratio": "{seen:,.0f} new documents, usually {usual:,.0f}",
    "mix_change": "{seen:.0%} of the new documents, usually {usual:.0%}",
    "label_change": "{seen:.0%} of the blocks are {label}, usually {usual:.0%}",
    "empty_change": "{seen:.0%} of the documents have no paragraph, usually {usual:.0%}",
    "age_growth_days": "the newest page is {seen:,.0f} days old, usually at most {usual:,.0f}",
}


def describe_delivery(tables: Tables, new: Collection[str], delivered_at: datetime) -> History:
    """Count what a run delivers.

    Args:
        tables: what the run processed and found good.
        new: names of the sources among them that are new or edited; the others were only processed again.
        delivered_at: the time of the run, with a time zone.
    """
    is_new = pl.col("source_file").is_in(list(new))
    documents = tables.documents.with_columns(pl.col("site").fill_null(""))
    pages = documents.group_by("language", "site").agg(
        n_documents=pl.len().cast(COUNT),
        n_new=is_new.sum().cast(COUNT),
        n_empty=(pl.col("n_paragraphs") == 0).sum().cast(COUNT),
        newest_at=pl.col("published_at").filter(is_new & (pl.col("published_at") <= delivered_at)).max(),
    )
    labels = pl.concat([table.select("document_id", "label") for table in (tables.paragraphs, tables.removed)])
    blocks = labels.join(documents.select("document_id", "language", "site"), on="document_id")
    counted = blocks.group_by("language", "site", "label").agg(n_blocks=pl.len().cast(COUNT))
    rows = pl.concat([pages, counted], how="diagonal").with_columns(
        pl.col("n_documents", "n_new", "n_empty", "n_blocks").fill_null(0),
        delivered_at=pl.lit(delivered_at, dtype=TIME),
    )
    return HISTORY.check(rows)


def merge_deliveries(parts: pl.LazyFrame, delivered_at: datetime) -> History:
    """Add up what the parts of one delivery hold, whenever each was described.

    Args:
        parts: the rows of all parts.
        delivered_at: the time of the delivery, with a time zone.
    """
    sums = pl.col("n_documents", "n_new", "n_empty", "n_blocks").sum()
    one = parts.with_columns(delivered_at=pl.lit(delivered_at, dtype=TIME))
    return HISTORY.check(one.group_by(HISTORY.key).agg(sums, pl.col("newest_at").max()).collect(engine="streaming"))


def extend_history(history: History, delivery: History) -> History:
    """Add a delivery to those remembered; the oldest beyond `KEPT_DELIVERIES` are forgotten."""
    rows = pl.concat([history, delivery])
    latest = rows["delivered_at"].unique().sort(descending=True).head(KEPT_DELIVERIES)
    return rows.filter(pl.col("delivered_at").is_in(latest.implode())).sort(HISTORY.key, nulls_last=False)


def measure_drift(history: History, delivery: History) -> pl.DataFrame:
    """Compare a delivery with those before it.

    Returns:
        A `DELIVERY` table. What has too little to compare, on either side, is left out.
    """
    rows = [DELIVERY.make_empty()]
    for scope in _SCOPES:
        usual, seen = (_name_scope(frame, scope) for frame in (history, delivery))
        rows += [_compare_empty(usual, seen), _compare_labels(usual, seen)]
        if history["delivered_at"].n_unique() >= MIN_DELIVERIES and delivery["n_new"].sum():
            rows += [_compare_volume(usual, seen), _compare_age(usual, seen)]
        if scope == "language":
            rows.append(_compare_mix(usual, seen))
    return DELIVERY.check(pl.concat(rows, how="diagonal"))


def describe_drift(row: dict[str, object]) -> str:
    """Say in a sentence what a row of a `DELIVERY` table shows."""
    measure = next(name for name in MEASURES if row[name] is not None)
    where = "all pages" if row["scope"] == ALL else f"{row['scope']} {row['name'] or 'unknown'}"
    return f"{where}: {_SENTENCES[measure].format(**row)}"


def _name_scope(history: History, scope: str) -> pl.DataFrame:
    name = pl.lit("") if scope == ALL else pl.col(scope)
    return history.with_columns(scope=pl.lit(scope), name=name)


def _sum_by(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return frame.group_by("scope", *columns).agg(pl.col("n_documents", "n_new", "n_empty", "n_blocks").sum())


def _finish(compared: pl.DataFrame, measure: str, moved: pl.Expr) -> pl.DataFrame:
    columns = [column for column in ("scope", "name", "label", "usual", "seen") if column in compared.columns]
    return compared.select(*columns, moved.cast(SCORE).alias(measure))


def _compare_empty(usual: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    share = pl.col("n_empty") / pl.col("n_documents")
    sums = [
        _sum_by(frame, "name").filter(pl.col("n_documents") >= MIN_DOCUMENTS).select("scope", "name", share.alias(name))
        for frame, name in ((usual, "usual"), (seen, "seen"))
    ]
    return _finish(sums[0].join(sums[1], on=["scope", "name"]), "empty_change", pl.col("seen") - pl.col("usual"))


def _compare_labels(usual: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    before, now = (_share_labels(frame) for frame in (usual, seen))
    both = before.select("scope", "name").unique().join(now.select("scope", "name").unique(), on=["scope", "name"])
    joined = before.join(now, on=["scope", "name", "label"], how="full", coalesce=True, suffix="_seen").join(
        both, on=["scope", "name"]
    )
    shares = joined.with_columns(usual=pl.col("share").fill_null(0), seen=pl.col("share_seen").fill_null(0))
    return _finish(shares, "label_change", pl.col("seen") - pl.col("usual"))


def _share_labels(frame: pl.DataFrame) -> pl.DataFrame:
    documents = (
        _sum_by(frame, "name").filter(pl.col("n_documents") >= MIN_DOCUMENTS).select("scope", "name", total="n_blocks")
    )
    labels = _sum_by(frame.filter(pl.col("label").is_not_null()), "name", "label")
    return labels.join(documents, on=["scope", "name"]).select(
        "scope", "name", "label", share=pl.col("n_blocks") / pl.col("total")
    )


def _compare_mix(usual: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    if min(frame["n_new"].sum() for frame in (usual, seen)) < MIN_DOCUMENTS:
        return DELIVERY.make_empty()
    before, now = (
        _sum_by(frame, "name").select("scope", "name", (pl.col("n_new") / pl.col("n_new").sum()).alias(column))
        for frame, column in ((usual, "usual"), (seen, "seen"))
    )
    joined = before.join(now, on=["scope", "name"], how="full", coalesce=True)
    shares = joined.with_columns(pl.col("usual", "seen").fill_null(0))
    return _finish(shares, "mix_change", pl.col("seen") - pl.col("usual"))


def _compare_volume(usual: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    n_deliveries = usual["delivered_at"].n_unique()
    by_delivery = _sum_by(usual, "name", "delivered_at").group_by("scope", "name").agg("n_new")
    padded = pl.col("n_new").list.concat(pl.lit(0).repeat_by(n_deliveries - pl.col("n_new").list.len()))
    before = by_delivery.select("scope", "name", usual=padded.list.median())
    now = _sum_by(seen, "name").select("scope", "name", seen=pl.col("n_new").cast(SCORE))
    joined = before.filter(pl.col("usual") >= MIN_DOCUMENTS).join(now, on=["scope", "name"], how="left")
    return _finish(joined.with_columns(pl.col("seen").fill_null(0)), "volume_ratio", pl.col("seen") / pl.col("usual"))


def _compare_age(usual: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    age = (pl.col("delivered_at") - pl.col("newest_at")).dt.total_seconds() / _SECONDS_A_DAY
    before, now = (
        frame.group_by("scope", "name", "delivered_at")
        .agg(age.min().alias("age"))
        .group_by("scope", "name")
        .agg(pl.col("age").max().alias(column))
        .drop_nulls()
        for frame, column in ((usual, "usual"), (seen, "seen"))
    )
    return _finish(before.join(now, on=["scope", "name"]), "age_growth_days", pl.col("seen") - pl.col("usual"))
