"""Words of the terminal: progress, what is kept, quick answers, runs, counties and fitted logs."""

from __future__ import annotations

from typing import Final

from experiments.report.sentences.story import _

PROGRESS: Final = {
    "reading": _("reading tables, roads and stock"),
    "replication": _("replication {number} of {total}"),
    "replications": _("{number} of {total} replications"),
    "short": _("short run {number} of {total} over the assumptions"),
    "kept": _(", {kept} kept from before"),
    "last": _("; last: {sessions:,} sessions, {calls} bunkering calls"),
    "left": _("; about {seconds:.0f} s left"),
    "point": _("point {number} of {total}"),
    "day": _("a day, to see how long all take"),
    "accounts": _("stock, turnover and draws of the carbon accounts"),
    "draws": _("a few draws, to see how long all take"),
    "paths": _("paths of plan and model"),
    "theory": _("theory and published cases"),
    "fit": _("fitting, replaying and drawing the log"),
    "cases": _("three cases: low, middle, high"),
    "sizes": _("sizes of {kind}"),
}
"""English words of what is being done, by key."""
STOPPED: Final = {
    "kept": _("Stopped: {kept}; the same command goes on with them."),
    "lost": _("Stopped: nothing is kept; {remedy}."),
    "out": _("--out keeps what is done"),
    "points": _("answers of finished points are kept in {folder}"),
    "replications": _("finished replications are kept in {folder}"),
    "short": _("finished short runs are kept in the cache"),
    "evaluations": _("evaluations of finished sizes are kept in {folder}"),
    "run": _("Stopped. {done} of {total} replications are finished and kept in {folder}.\nGo on with: {command}"),
}
"""English words of what an interrupted command leaves, by key."""
QUICK_ROWS: Final = {
    "evs": _("electric vehicles"),
    "requests_per_day": _("public charges a day"),
    "public_kwh_per_day": _("public charging, kWh a day"),
    "piles": _("piles"),
    "guns": _("guns"),
    "peak_kw": _("peak of public charging, kW"),
    "late_share": _("long waits, share"),
    "unserved_share": _("not served, share"),
    "ev_t_year": _("CO2 of their electricity, t a year"),
    "replaced_t_year": _("CO2 of the same km on fuel, t a year"),
    "saved_t_year": _("CO2 saved, t a year"),
}
"""English name by column of the summary of a quick answer, in the order shown."""
QUICK: Final = {
    "low": _("low"),
    "central": _("central"),
    "high": _("high"),
    "head": _(
        "{year}: piles that keep the criteria of service. Low and high: km, energy and\n"
        "chargers at home at the ends of their ranges, together."
    ),
    "load": _("Load of public charging by hour, kW (central; low to high):"),
    "hour": _("{hour:>2} h {central:>8,.0f} ({low:,.0f} to {high:,.0f}) {bar}"),
    "defaults": _("All rests on defaults of the toolkit; replace what you know better."),
    "county": _("County: {folder}"),
    "keep": _("Next:   the same with --county DIR keeps it as a county to refine"),
    "next": _("Next:   xijiang county check {folder}   and   xijiang run {folder}"),
}
"""English words of a quick answer, by key."""
RUNS: Final = {
    "folder": _("folder"),
    "scenario": _("scenario"),
    "status": _("status"),
    "layout": _("layout"),
    "seed": _("seed"),
    "days": _("days"),
    "replications": _("replications"),
    "written": _("written"),
    "wall_time_s": _("time taken, s"),
    "key": _("key"),
    "none": _("No runs in {root}."),
    "of": _("{finished} of {total}"),
    "rebuild": _("Rebuild: xijiang run --from {manifest} --out ANOTHER"),
    "finished": _("finished"),
    "running": _("running"),
    "kept": _("kept {folder}"),
    "would remove": _("would remove {folder}"),
    "removed": _("removed {folder}"),
    "nothing": _("Nothing to remove."),
}
"""English words of the list of runs, by key."""
SCENARIOS: Final = {
    "scenario": _("scenario"),
    "title": _("what it is"),
    "purpose": _("the question it answers"),
    "next": _("Next: xijiang run NAME --dry-run"),
}
"""English words of the list of scenarios, by key."""
COUNTY: Final = {
    "made": _("{tables} tables and {layouts} layouts in {folder}"),
    "defaults": _("Replace the defaults that you know better, then: xijiang county check {folder}"),
    "copied": _("Change the rows, then: xijiang county check {folder}"),
    "run": _("and: xijiang run --set county={folder}"),
    "layout": _("{county}: layout {name}, {file}"),
    "layout_next": _("Next:   xijiang run --set county={county} --set charging.layout={name}"),
    "sound": _("{county}: no faults."),
    "warned once": _("{county}: no faults, 1 warning."),
    "warned": _("{county}: no faults, {warnings} warnings."),
    "starts": _("A run starts."),
    "refused": _("{county}: the tables have no faults, and a run would not start:"),
    "answers": _("Can be answered: "),
    "more": _("Would add more:"),
    "add": _("add {tables}"),
    "name": _("name it in county.toml"),
}
"""English words of what is said of a county, by key."""
FITTED: Final = {
    "days": _("{sessions:,} sessions from {first_day}: {fitted} days fitted, {held_out} held out"),
    "note": _("Note: {note}."),
    "per_day": _("{current}: {number:.1f} sessions per day"),
    "ends": _("  ({low:.4g} to {high:.4g})"),
    "no_idle": _("  idle     not in the log: it does not say when charging ended"),
    "no_patience": _("  patience not in the log: nobody is logged who left the queue"),
    "all_fitted": _("Nothing was held out: the log is shorter than two weeks, so nothing tests the fit."),
    "held_out": _("On the {days} days held out:"),
    "distance": _(", KS distance {distance:.3f}"),
    "means": _("  {name:<22}{logged:>9.4g} logged,{model:>9.4g} model {unit}{distance}"),
    "occupancy workday": _("  {current} occupancy, workdays: {inside} of {hours} hours inside the band"),
    "occupancy weekend": _("  {current} occupancy, weekends: {inside} of {hours} hours inside the band"),
    "side_by_side": _("Logged, replayed, and modelled with the interval of its draws (95 %):"),
    "row": _("  {name:<20}{logged:>8}{replayed:>9}{model:>9} ({low} to {high}) {unit}"),
    "tables": _("Tables: {folder}"),
    "next": _("Next:   copy {folder}/*.csv into the county's folder,\n        xijiang county check FOLDER"),
}
"""English words of a log that is fitted, by key."""
CHECKED: Final = {
    "check": _("what is checked"),
    "expected": _("expected"),
    "got": _("got"),
    "difference": _("difference"),
    "tolerance": _("tolerance"),
    "source": _("source"),
    "fails": _("FAILS"),
    "all": _("All {checks} checks hold."),
    "some": _("{checks} checks, {failed} fail."),
}
"""English words of the checks against theory, by key."""
