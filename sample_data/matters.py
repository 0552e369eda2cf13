"""What people report: kinds of matter with their seasons, places and wording. No persons, no telephones."""

from __future__ import annotations

from dataclasses import dataclass

# Month weights January to December.
ALL = (1,) * 12
WARM = (0, 0, 1, 3, 6, 8, 9, 8, 6, 3, 0, 0)
SUMMER = (0, 0, 0, 1, 4, 8, 9, 8, 3, 1, 0, 0)
HEATING = (9, 5, 3, 2, 0, 0, 0, 0, 0, 6, 7, 6)
FILLING = (2, 1, 1, 1, 0, 0, 0, 0, 0, 12, 6, 2)
SNOW = (8, 7, 4, 1, 0, 0, 0, 0, 0, 1, 6, 8)
ICICLE = (4, 7, 9, 1, 0, 0, 0, 0, 0, 0, 2, 3)
THAW = (0, 1, 8, 9, 5, 3, 3, 3, 2, 2, 1, 0)


@dataclass(frozen=True, slots=True)
class Matter:
    """One kind of matter: category, weight in its family, months, where it happens, what people write."""

    scheme: str
    kind: str
    code: str
    weight: float
    months: tuple[int, ...]
    place: str  # home, street, shop
    texts: tuple[str, ...]


def _gbt(code: str, weight: float, months: tuple[int, ...], place: str, *texts: str) -> Matter:
    kind = "component" if code < "06" else "matter"
    return Matter("gbt47678.5-2026", kind, code, weight, months, place, texts)


def _s(code: str, weight: float, months: tuple[int, ...], place: str, *texts: str) -> Matter:
    return Matter("gov-s", "request", code, weight, months, place, texts)


def _p(code: str, weight: float, months: tuple[int, ...], place: str, *texts: str) -> Matter:
    return Matter("gov-p", "request", code, weight, months, place, texts)


FAMILIES: dict[str, tuple[float, tuple[Matter, ...]]] = {
    "appearance": (0.26, (
        _gbt("06010", 5, ALL, "street", "{place}旁有暴露垃圾，约{n}袋", "{place}附近垃圾散落，已有两天无人清理", "{place}墙根堆着生活垃圾，风一吹到处都是"),
        _gbt("06011", 4, THAW, "street", "{place}积存装修渣土一堆", "开春化雪后{place}露出大量积存垃圾", "{place}旁渣土未清运，影响通行"),
        _gbt("06042", 5, ALL, "home", "{place}垃圾箱满溢", "{place}垃圾点连续{n}天没清，味道很大", "{place}垃圾桶旁堆了不少垃圾袋"),
        _gbt("06036", 5, ALL, "home", "{place}楼道堆放杂物", "{place}楼下乱堆旧家具和纸壳", "{place}秋菜、酸菜缸堆满楼道，走路费劲"),
        _gbt("06001", 2, WARM, "home", "{place}有人私搭棚子", "{place}一楼私自扩建小院", "{place}楼后新搭彩钢房一间"),
        _gbt("07001", 4, ALL, "home", "{place}单元门贴满小广告", "{place}电线杆、墙面小广告成片", "{place}楼道内开锁疏通广告又贴上了"),
        _gbt("07003", 1.5, ALL, "shop", "{place}门前违规设置灯箱广告", "{place}楼顶广告牌松动，刮风晃动"),
        _gbt("06020", 1.5, (0, 1, 2, 9, 1, 0, 0, 6, 2, 3, 1, 0), "street", "{place}路口有人烧纸，留下灰烬", "{place}有人焚烧树叶，烟很大", "{place}路边烧纸后灰未清理"),
        _gbt("06029", 2, SUMMER, "shop", "{place}露天烧烤油烟扰民", "{place}烧烤摊占道，深夜不散", "{place}烧烤摊地面油污严重"),
        _gbt("06028", 2, WARM, "shop", "{place}夜间音响噪声大", "{place}广场舞音量过大", "{place}商铺叫卖喇叭整天响"),
        _gbt("06017", 1.5, WARM, "street", "{place}绿地内垃圾多", "{place}绿化带被踩秃，黄土裸露", "杨絮成团堆在{place}，怕着火"),
        _gbt("06045", 1.5, WARM, "home", "{place}有人毁绿种菜", "{place}楼前绿地被圈起种葱"),
        _gbt("06037", 0.6, ALL, "street", "{place}路面有动物尸体"),
    )),
    "order": (0.15, (
        _gbt("09006", 5, WARM, "street", "{place}有{n}个摊位占道经营", "{place}水果车占道，行人只能走机动车道", "{place}路口流动摊贩占道"),
        _gbt("09005", 4, ALL, "shop", "{place}店外经营，货物摆到人行道", "{place}商户把冰柜摆在门外", "{place}店家出店摆放桌椅"),
        _gbt("09009", 5, ALL, "street", "{place}机动车乱停，堵住路口", "{place}人行道上停了{n}台车", "{place}有车堵消防通道口，联系不上车主"),
        _gbt("09010", 2, ALL, "shop", "{place}电动车乱停放", "{place}非机动车堵住盲道"),
        _gbt("09011", 2, SUMMER, "street", "{place}共享单车成堆，倒了一片", "{place}共享单车占满人行道"),
        _gbt("09002", 2, (1, 1, 2, 3, 5, 6, 6, 6, 5, 4, 2, 1), "street", "{place}早市超时，八点半还没撤", "{place}早市散后地面脏乱", "{place}夜市油污、垃圾没人管"),
        _gbt("09001", 2, (1, 1, 2, 3, 4, 4, 4, 4, 8, 9, 2, 1), "street", "{place}无照游商叫卖秋菜", "{place}卖白菜大葱的货车占道", "{place}无照商贩聚集"),
    )),
    "heating": (0.12, (
        _p("P03", 6, HEATING, "home", "{place}室温不达标，实测{t}度", "{place}家里只有{t}度，老人小孩冻感冒了", "{place}整个单元暖气不热", "{place}暖气上热下凉，放气也没用", "{place}孩子写作业要穿棉袄，室温{t}度"),
        _p("P03", 3, FILLING, "home", "{place}试水期间暖气跑水，淹到楼下", "{place}暖气管漏水", "{place}放水阀漏，楼道结冰", "{place}打压试水时阀门崩开"),
        _s("S0704", 1.2, HEATING, "street", "{place}供热管线漏水，路面冒热气", "{place}热力井往外淌热水，路面结冰", "{place}供热主管道爆裂"),
    )),
    "snow": (0.10, (
        _gbt("10001", 6, SNOW, "street", "{place}积雪未清，已结冰", "{place}路口冰面很滑，有老人摔倒", "{place}人行道积雪没人清", "{place}坡道结冰，车上不去", "{place}背街巷积雪压实成冰"),
        _s("S0210", 3, ICICLE, "home", "{place}屋檐冰溜子近一米，下面是人行道", "{place}楼顶积雪随时可能滑落", "{place}雨水管冻裂，墙面挂满冰溜子", "{place}屋面积雪成檐，正对单元门"),
        _gbt("08010", 0.3, SNOW, "street", "{place}清雪后雪堆压在便道上，一直没运走"),
    )),
    "property": (0.10, (
        _p("P02", 5, ALL, "home", "{place}物业不作为，{n}天没扫楼道", "{place}是弃管楼，楼道灯全不亮", "{place}弃管多年，屋面漏雨无人修", "{place}物业撤走后垃圾无人清运", "{place}单元门坏了{n}个月没人修"),
        _s("S0103", 3, ALL, "home", "{place}业主与物业因收费争执", "{place}物业费涨价，业主不同意", "{place}停车位收费引起纠纷", "{place}业委会换届有争议"),
        _gbt("06004", 1, WARM, "home", "{place}外墙皮脱落", "{place}外墙保温层鼓包，掉渣"),
    )),
    "safety": (0.09, (
        _s("S0202", 5, (3, 3, 3, 4, 5, 6, 7, 7, 6, 5, 4, 3), "home", "{place}飞线充电，从{f}楼扯线下来", "{place}电动车推进楼道充电", "{place}楼门口电动车飞线充电，线皮都破了"),
        _s("S0201", 3, ALL, "home", "{place}楼道杂物堵塞疏散通道", "{place}消防栓没水", "{place}防火门被拆"),
        _gbt("09012", 3, ALL, "home", "{place}消防通道被私家车堵死", "{place}消防登高场地停满车", "{place}装了地锁，消防车进不来"),
        _s("S0205", 1.5, THAW, "home", "{place}楼顶砖块松动，有坠落风险", "{place}阳台外挂花盆，怕掉下来", "{place}女儿墙开裂"),
        _s("S0206", 1, ALL, "home", "{place}电梯频繁停运", "{place}电梯下坠感明显，困人{n}次"),
        _s("S0203", 1, ALL, "home", "{place}楼道能闻到燃气味", "{place}住户在楼道里生炉子"),
    )),
    "municipal": (0.08, (
        _gbt("01002", 2, THAW, "street", "{place}污水井盖破损", "{place}污水井外溢，臭味大", "{place}井盖下沉约{n}厘米"),
        _gbt("01003", 1.2, SUMMER, "street", "{place}雨水井盖缺失，已用树枝示警", "{place}雨箅子堵了，一下雨就积水"),
        _gbt("01037", 2, (5, 4, 3, 2, 2, 2, 2, 2, 3, 4, 5, 5), "street", "{place}路灯不亮，连续{n}盏", "{place}路灯白天亮晚上灭", "{place}路灯杆倾斜"),
        _gbt("06013", 3, THAW, "street", "{place}路面坑洼，春融后更大了", "{place}路面翻浆，车辆托底", "{place}便道砖破碎{n}块"),
        _gbt("01013", 0.5, ALL, "street", "{place}消火栓漏水结冰"),
        _s("S0706", 1.2, SUMMER, "street", "{place}雨后积水，没过脚面", "{place}桥下积水，车辆熄火"),
        _s("S0701", 0.6, ALL, "street", "{place}自来水管爆裂，水流满街"),
        _s("S0705", 0.4, THAW, "street", "{place}路面塌陷一处，直径约{n}0厘米"),
    )),
    "disputes": (0.05, (
        _s("S0101", 3, ALL, "home", "{place}上下楼因漏水争吵", "{place}邻里为楼道堆物起争执", "{place}邻居养狗扰民，双方争吵"),
        _s("S0104", 2, ALL, "home", "{place}楼上半夜噪声，邻里矛盾", "{place}装修噪声引发矛盾", "{place}遮挡采光纠纷"),
        _s("S0102", 1, ALL, "home", "{place}家庭矛盾，请求调解"),
        _s("S0106", 1, ALL, "shop", "{place}消费退款纠纷", "{place}理发店办卡后关门"),
        _s("S0105", 0.7, (6, 2, 1, 1, 1, 1, 1, 1, 1, 2, 4, 6), "shop", "{place}拖欠工资纠纷"),
    )),
    "errands": (0.05, (
        _p("P01", 3, ALL, "home", "{place}居民请代办居住证明", "{place}行动不便，请上门代办医保", "{place}咨询老年证办理"),
        _p("P04", 2, ALL, "home", "{place}独居老人需要助餐", "{place}老人需要陪同就医", "{place}申请上门理发"),
        _p("P13", 1, ALL, "home", "咨询{place}老旧小区改造时间", "建议在{place}增设座椅", "建议{place}增设电动车充电桩"),
        _p("P07", 0.6, ALL, "home", "{place}住户申请临时救助"),
        _p("P08", 0.6, ALL, "home", "{place}居民咨询法律援助"),
        _p("P06", 0.6, ALL, "home", "{place}居民咨询灵活就业社保补贴"),
    )),
}  # fmt: skip

RIVER = _gbt(
    "06024",
    1,
    ALL,
    "river",
    "江滩上有人下水，附近没有警示牌",
    "江边沙滩有人钻冰捕鱼",
    "江滩上停着一台越野车",
    "河滩上有人露营生火",
)
SOURCES = {
    "grid_worker": 0.55, "hotline": 0.25, "resident_code": 0.09, "property": 0.05, "department": 0.02,
    "patrol": 0.02, "petition": 0.008, "media": 0.004, "sensor": 0.004, "other": 0.004,
}  # fmt: skip
MATTERS: tuple[Matter, ...] = (*(m for _, ms in FAMILIES.values() for m in ms), RIVER)
FAMILY_OF: tuple[str, ...] = (*(f for f, (_, ms) in FAMILIES.items() for _ in ms), "river")
