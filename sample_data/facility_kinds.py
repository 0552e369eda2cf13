"""What the generator knows of each type of facility: name, hours, floor area, capacity, services, hosts."""

from __future__ import annotations

from dataclasses import dataclass

DAY = "Mo-Fr 08:30-17:00"
DAY_SATURDAY = "Mo-Fr 08:30-17:00; Sa 09:00-12:00"
EVENING = "Mo-Fr 08:30-20:00; Sa 09:00-16:00"
CENTRE = "Mo-Su 08:30-20:00"


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of facility; `hosts` are building uses in order of preference, empty for the open street."""

    title: str
    level: str  # community, subdistrict, district or street: whose name it carries
    hours: tuple[str, ...]
    area_m2: tuple[int, int]
    services: tuple[str, ...]
    hosts: tuple[str, ...] = ("shop", "commercial", "civic")
    capacity: tuple[int, int] = (20, 80)
    inside: bool = False  # may stand inside a compound


KINDS = {
    "party_mass_center": Kind("党群服务中心", "community", (EVENING, CENTRE, DAY_SATURDAY, DAY), (650, 1100), ("党务办理", "政务代办", "议事协商", "志愿服务", "便民服务"), ("civic", "commercial", "shop")),
    "community_service_station": Kind("社区服务站", "community", (DAY, DAY_SATURDAY), (600, 1000), ("政务代办", "便民服务")),
    "subdistrict_service_center": Kind("便民服务中心", "subdistrict", (DAY_SATURDAY, DAY), (700, 1500), ("政务办理", "社会保障", "综合执法受理"), ("civic", "commercial", "shop"), (60, 160)),
    "party_mass_hq": Kind("党群活动中心", "district", (CENTRE,), (1400, 1401), ("党务办理", "教育培训", "会议场地", "文体活动"), ("civic", "commercial"), (300, 301)),
    "party_mass_station": Kind("党群驿站", "community", (CENTRE, EVENING), (750, 900), ("党务办理", "休息", "阅读")),
    "micro_station": Kind("微驿站", "street", ("Mo-Su 08:00-18:00", "Mo-Su 06:00-22:00"), (20, 80), ("休息", "饮水", "政策咨询"), ("garage", "shop", "shed"), (4, 16), inside=True),
    "warm_stop": Kind("暖心驿站", "street", ("Mo-Su 06:00-22:00", "24/7"), (20, 60), ("取暖", "饮水", "热饭", "充电"), ("shop",), (6, 20)),
    "courier_stop": Kind("快递小哥服务站", "street", ("Mo-Su 06:00-22:00", "24/7"), (30, 90), ("取暖", "饮水", "充电", "休息"), ("shop",), (8, 24)),
    "driver_home": Kind("司机之家", "street", ("24/7",), (150, 400), ("停车", "休息", "热水", "餐饮"), ("commercial", "shop"), (20, 60)),
    "health_station": Kind("社区卫生服务站", "community", ("Mo-Sa 08:00-16:30", "Mo-Su 08:00-17:00"), (120, 270), ("全科门诊", "疫苗接种", "慢病随访")),
    "health_center": Kind("社区卫生服务中心", "subdistrict", ("Mo-Su 08:00-17:00", "24/7"), (1700, 2000), ("全科门诊", "中医", "预防接种", "康复"), ("civic", "commercial"), (80, 200)),
    "elder_day_care": Kind("老年人日间照料中心", "community", ("Mo-Fr 08:00-17:00", "Mo-Su 08:00-17:00"), (350, 750), ("日间照料", "助餐 10:30-12:30", "康复"), ("shop", "civic", "residential"), (20, 60), inside=True),
    "culture_station": Kind("文化活动站", "community", ("Tu-Su 09:00-17:00", "Mo-Su 08:30-20:00"), (250, 1200), ("阅览", "排练", "棋牌")),
    "culture_center": Kind("文化活动中心", "subdistrict", ("Tu-Su 09:00-20:00",), (3000, 6000), ("图书", "展览", "演出"), ("civic", "commercial"), (200, 500)),
    "fitness_yard": Kind("健身广场", "community", ("Mo-Su 05:00-22:00",), (400, 1200), ("健身器材", "步道"), (), (60, 150)),
    "kindergarten": Kind("幼儿园", "community", ("Mo-Fr 07:30-17:00",), (3150, 4550), ("学前教育",), ("civic", "school", "commercial"), (180, 360)),
    "primary_school": Kind("小学", "community", ("Mo-Fr 07:00-17:00",), (6000, 12000), ("义务教育",), ("school", "civic"), (600, 1600)),
    "middle_school": Kind("中学", "subdistrict", ("Mo-Fr 06:50-18:00",), (9000, 18000), ("义务教育",), ("school", "civic"), (900, 2400)),
    "market": Kind("便民市场", "community", ("Mo-Su 06:00-18:00", "Mo-Su 05:00-08:00"), (750, 2500), ("菜市场", "早市"), ("commercial", "shop"), (60, 240)),
    "bus_stop": Kind("公交站", "street", ("Mo-Su 05:30-22:00",), (20, 40), ("公交",), (), (30, 60)),
    "metro": Kind("地铁站", "street", ("Mo-Su 06:00-22:30",), (3000, 6000), ("轨道交通",), (), (800, 2000)),
    "legal_service_district": Kind("公共法律服务中心", "district", (DAY,), (600, 1200), ("法律援助", "公证", "仲裁", "调解"), ("civic", "commercial")),
    "legal_service_street": Kind("公共法律服务站", "subdistrict", (DAY,), (80, 200), ("法律咨询", "人民调解")),
    "legal_service_community": Kind("社区公共法律服务站", "community", ("Mo-Fr 09:00-16:00",), (20, 60), ("法律咨询", "人民调解"), capacity=(4, 12)),
    "judge_station": Kind("法官工作站", "subdistrict", ("Tu,Th 09:00-16:00",), (20, 60), ("诉前调解", "巡回审判"), capacity=(4, 12)),
    "shelter": Kind("应急避难场所", "community", ("24/7",), (2000, 9000), ("应急避难", "物资储备"), (), (500, 3000)),
    "embedded_complex": Kind("嵌入式服务综合体", "community", (CENTRE,), (800, 1600), ("助餐", "托育", "健身", "便民服务"), ("commercial", "shop"), (80, 200)),
}  # fmt: skip
