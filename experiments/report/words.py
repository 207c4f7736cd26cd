"""Words of the report in English and Chinese."""

from __future__ import annotations

from typing import Final

from data.errors import ScenarioError, nearest

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
    "minutes": ("wait, 95th percentile, min", "等待第95百分位（分钟）"),
    "use": ("time utilisation of guns", "充电枪时间利用率"),
    "day": ("day of the run", "模拟天数"),
    "met": ("met", "达成"),
    "missed": ("missed", "未达成"),
    "not decided by this run": ("not decided by this run", "本次运行未能判定"),
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
