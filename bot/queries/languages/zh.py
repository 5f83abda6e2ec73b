"""Chinese: written in simplified characters, and read in traditional ones, too."""

from datetime import time

from bot.queries.languages.table import LanguageTable, PeriodWords, RhythmWords

CHINESE = LanguageTable(
    code="zh",
    locale="zh_Hans_CN",
    name="简体中文",
    spaced=False,
    year_first=True,
    weekdays=[
        *[[day, f"周{day}", f"週{day}", f"星期{day}"] for day in "一二三四五六"],
        ["日", "周日", "週日", "星期日", "周天", "週天", "星期天"],
    ],
    until="[至到]",
    help_words=["帮助"],
    periods=PeriodWords(
        units={
            "hour": ["小时", "小時"],
            "day": ["天", "日"],
            "week": ["周", "週", "星期"],
            "month": ["个月", "個月"],
            "quarter": ["个季度", "個季度"],
            "year": ["年"],
        },
        this={
            "day": ["今天"],
            "week": ["本周", "本週", "这周", "這週"],
            "month": ["本月", "这个月", "這個月"],
            "quarter": ["本季度", "这个季度"],
            "year": ["今年"],
        },
        last={
            "day": ["昨天"],
            "week": ["上周", "上週"],
            "month": ["上月", "上个月", "上個月"],
            "quarter": ["上季度", "上个季度"],
            "year": ["去年"],
        },
        past="最近|过去|近",
        past_examples=["最近7天", "过去4周"],
    ),
    rhythms=RhythmWords(
        starters={
            "daily": r"[毎每]一?[天日](?!曜)",
            "weekdays": r"[毎每]?[个個]?工作日",
            "weekly": r"[毎每](?=<long day>)|[毎每](?:[周週]|星期)",
            "every": r"隔[周週]|[毎每](?:\d{1,6}|[两兩])[个個]?(?:[周週]|星期)",
            "monthly": r"[毎每][个個]?月(?!曜)",
            "refused": r"每小时|每小時|每年|[毎每][个個]?季度?",
        },
        times={"中午": time(12)},
        morning="上午|早上",
        afternoon="下午|晚上",
        hour="[时点點]",
        half="半",
        minute="分",
        after_number="[日号號]",
        last_day=r"月?末日?|最[后後]一?[天日]",
        between_days="[和的]",
        between="[和的在]",
    ),
)
