"""Words of the report in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from data.errors import ScenarioError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = ("en", "zh")

_WORDS: Final = {
    "answer": ("The answer", "结论"),
    "scorecard": ("Scorecard of the plan's measures", "规划目标记分卡"),
    "map": ("Map", "地图"),
    "towns": ("Waits and use by town and service area", "各镇与服务区的等待和利用率"),
    "stations": ("Stations", "充电站"),
    "preview": ("Queueing formulas against the simulation", "排队公式与仿真对比"),
    "preview_note": (
        (
            "Erlang C with the Allen-Cunneen correction at the busiest hour, every vehicle alone at the strongest gun; "
            "the simulation adds shared power, choice of station, patience and failures. Means over replications."
        ),
        "按最繁忙小时的Erlang C公式（Allen-Cunneen修正）估算；仿真还考虑功率共享、选站、耐心与故障。为多次重复的均值。",
    ),
    "grid": ("Towns against their grid", "各镇电网负荷"),
    "managed": ("Ways of AC charging", "交流充电的有序方式"),
    "swapping": ("Battery swapping beside fast charging", "换电与快充对比"),
    "ebikes": ("Shared e-bikes", "共享电单车"),
    "terminals": ("Cargo terminals", "货运码头"),
    "ship_power": ("Battery vessels: charging beside swapping of boxes", "电动船舶：充电与换箱对比"),
    "ownership": ("Cost of ownership by form of acquisition", "各购置方式的拥有成本"),
    "projects": ("Road projects, before and after", "公路项目前后对比"),
    "signals": ("Signals, now and by Webster", "信号配时前后对比"),
    "checks": ("Accounts of the simulation", "仿真核算"),
    "hours": ("Carbon of public charging by hour", "公共充电分时碳排放"),
    "kgco2_day": ("kg CO2 a day", "千克二氧化碳/天"),
    "hour": ("hour of the day", "时刻"),
    "load": ("Load of public charging", "公共充电负荷"),
    "river": ("LNG on the river", "西江LNG加注"),
    "carbon": ("Carbon intensity", "碳强度"),
    "stock": ("Cars by power", "私家车按动力类型"),
    "petroleum": ("Petroleum of land transport", "陆路交通油耗"),
    "assumptions": ("Figures and assumptions", "数据与假设"),
    "sources": ("Sources", "数据来源"),
    "limits": ("What the model does not do", "模型未包含的内容"),
    "again": ("How to repeat this run", "如何重现"),
    "download": ("Download CSV", "下载CSV"),
    "minutes": ("P95 of the wait, min", "等待95分位（分钟）"),
    "use": ("guns in use", "充电枪时间利用率"),
    "day": ("day of the run", "模拟天数"),
    "met": ("met", "达成"),
    "missed": ("missed", "未达成"),
    "open": ("open", "本次运行未能判定"),
    "reported": ("reported", "仅报告"),
    "late": ("late", "推迟达成"),
    "on course": ("on course", "进度正常"),
    "off course": ("off course", "进度滞后"),
    "given": ("given", "给定"),
    "town": ("towns", "镇街"),
    "site": ("service areas", "服务区"),
    "road": ("roads", "公路"),
    "water": ("river", "西江"),
    "lng": ("LNG stations", "LNG加注站"),
    "tank": ("tank level, m³", "储罐液位（立方米）"),
    "gram": ("g per t·km", "克/吨公里"),
    "vehicles": ("vehicles", "辆"),
    "tonnes": ("t a year", "吨/年"),
    "power": ("mean power, kW", "平均功率（千瓦）"),
}


_LIMITS: Final = (
    (
        (
            "Charging: managed charging and storage change no wait; swapping stands beside fast charging, not in one "
            "network."
        ),
        "充电：有序充电与储能不影响等待；换电与快充分别计算，不在同一网络中。",
    ),
    (
        "Fleet: plug-in hybrids in public; operators' fleets; coordination of signals.",
        "车队：未含插电混动的公共充电、运营企业车队、信号协调。",
    ),
    (
        "River: waits at the lock do not delay voyages; water depth does not change the power of a voyage.",
        "航运：船闸等待不影响航次；水深不改变航行功率。",
    ),
    (
        "Most stocks, traffic volumes and existing piles are assumptions: read the table of figures before the answer.",
        "多数保有量、交通量与现有桩数为假设：阅读结论前请先看数据表。",
    ),
)

_ZH_HEADS: Final = {
    "measure": "措施",
    "target": "目标",
    "value": "数值",
    "verdict": "判定",
    "evidence": "依据（英文）",
    "rests on": "假设",
    "station_id": "站点",
    "town": "镇街",
    "site": "服务区",
    "piles": "桩",
    "guns": "枪",
    "arrivals": "到达",
    "served": "已服务",
    "energy_kwh": "电量（千瓦时）",
    "wait_mean_min": "平均等待（分钟）",
    "wait_p95_min": "等待95分位（分钟）",
    "gun_utilisation_share": "枪利用率",
    "peak_kw": "峰值（千瓦）",
    "offered_erlang": "负荷（Erl）",
    "busy_hour_erlang": "最忙小时负荷（Erl）",
    "utilisation_share": "利用率",
    "simulated_utilisation_share": "仿真利用率",
    "wait_share": "需等待比例",
    "simulated_wait_mean_min": "仿真平均等待（分钟）",
    "wait_difference_min": "差值（分钟）",
    "stable": "稳定",
    "check": "核算项",
    "expected": "应为",
    "got": "实得",
    "holds": "成立",
    "key": "键",
    "unit": "单位",
    "low": "下限",
    "high": "上限",
    "year": "年",
    "confidence": "可信度",
    "source": "来源",
    "note": "备注",
    "source_id": "编号",
    "title": "题名",
    "kind": "类型",
    "licence": "许可",
    "way": "方式",
    "figure": "指标",
    "capacity_kw": "容量（千瓦）",
    "charging_peak_kw": "充电峰值（千瓦）",
    "peak_share": "峰值占容量",
    "over_80_min": "超80%（分钟）",
    "over_100_min": "超100%（分钟）",
    "pv_kwh": "光伏（千瓦时）",
    "self_consumption_share": "自用率",
    "peak_shaved_kw": "削峰（千瓦）",
    "energy_cny": "电费（元）",
    "terminal": "码头",
    "vehicle_class": "车型",
    "power": "动力",
    "form": "购置方式",
    "project": "项目",
    "metric": "指标",
    "junction": "路口",
    "name": "名称",
    "timing": "配时",
    "cycle_s": "周期（秒）",
    "delay_s": "延误（秒）",
    "vehicle_hours_year": "车时/年",
    "fuel_l_year": "燃油（升/年）",
    "electricity_kwh_year": "电量（千瓦时/年）",
    "kgco2_year": "千克CO2/年",
}

_ENOUGH: Final = {
    "met": (
        "By the county's criteria the chargers are enough.",
        "按本县服务标准，充电设施够用。",
    ),
    "missed": (
        "By the county's criteria the chargers are not enough.",
        "按本县服务标准，充电设施不够用。",
    ),
}
_OPEN: Final = (
    "This run does not decide whether the chargers are enough.",
    "本次运行未能判定充电设施是否够用。",
)
_COUNTS: Final = (
    "Of {all} measures {met} are met, {missed} missed and {open} not decided by this run.",
    "{all}项措施中，{met}项达成，{missed}项未达成，{open}项本次运行未能判定。",
)
_NONE: Final = ("No charging was asked for.", "没有充电需求。")
_SERVICE: Final = (
    (
        "Public chargers get {asked:,.0f} requests and deliver {mwh:.1f} MWh a day; {late:.1%} of those served wait "
        "more than {late_min:g} minutes, {lost:.1%} are not served, and a gun is busy {use:.1%} of time."
    ),
    (
        "公共充电每天{asked:,.0f}次请求、{mwh:.1f}兆瓦时；已服务者中{late:.1%}等待超过{late_min:g}分钟，{lost:.1%}未获服务，"
        "充电枪时间利用率{use:.1%}。"
    ),
)


def limits(language: str) -> list[str]:
    """Return what is not simulated."""
    return [pair[LANGUAGES.index(language)] for pair in _LIMITS]


def head(name: str, language: str) -> str:
    """Return the head of a column; its own name in English."""
    return _ZH_HEADS.get(name, name) if language == "zh" else name


def answer(verdicts: Mapping[str, str], service: Mapping[str, float] | None, language: str) -> str:
    """Return the answer in sentences.

    Parameters
    ----------
    verdicts : mapping of str to str
        Verdict by metric.
    service : mapping of str to float, optional
        ``asked`` and ``mwh`` a day, shares ``late`` (above ``late_min``), ``lost``, ``use``; None where nobody asked.
    language : str
        Of `LANGUAGES`.
    """
    index = LANGUAGES.index(language)
    said = list(verdicts.values())
    met, missed = said.count("met"), said.count("missed")
    counts = {"all": len(said), "met": met, "missed": missed, "open": len(said) - met - missed}
    sentences = [_ENOUGH.get(verdicts["late_share"], _OPEN)[index]] if "late_share" in verdicts else []
    sentences.append(_SERVICE[index].format(**service) if service else _NONE[index])
    sentences.append(_COUNTS[index].format(**counts))
    return " ".join(sentences) if language == "en" else "".join(sentences)


def words(language: str) -> dict[str, str]:
    """Return the report's words in a language.

    Raises
    ------
    ScenarioError
        A language that the report does not speak.
    """
    if language not in LANGUAGES:
        raise ScenarioError(
            f"language {language!r} is not known.{nearest(language, LANGUAGES)} Known: {', '.join(LANGUAGES)}."
        )
    index = LANGUAGES.index(language)
    return {key: pair[index] for key, pair in _WORDS.items()}
