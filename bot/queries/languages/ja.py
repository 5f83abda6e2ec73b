"""Japanese. Its 毎 and the Chinese 每 are typed for each other, so each of the two languages reads both."""

from datetime import time

from bot.queries.languages.table import LanguageTable, PeriodWords, RhythmWords

JAPANESE = LanguageTable(
    code="ja",
    locale="ja_JP",
    name="日本語",
    spaced=False,
    year_first=True,
    weekdays=[[day, f"{day}曜", f"{day}曜日"] for day in "月火水木金土日"],
    until="から",
    help_words=["ヘルプ"],
    periods=PeriodWords(
        units={
            "hour": ["時間"],
            "day": ["日", "日間"],
            "week": ["週", "週間"],
            "month": ["か月", "か月間", "ヶ月", "ヶ月間", "カ月"],
            "quarter": ["四半期"],
            "year": ["年", "年間"],
        },
        this={"day": ["今日", "本日"], "week": ["今週"], "month": ["今月"], "quarter": ["今四半期"], "year": ["今年"]},
        last={"day": ["昨日"], "week": ["先週"], "month": ["先月"], "quarter": ["前四半期"], "year": ["昨年"]},
        past="過去|直近|最近",
        past_examples=["過去7日間", "直近4週"],
    ),
    rhythms=RhythmWords(
        starters={
            "daily": r"[毎每]一?[日朝](?!曜)",
            "weekdays": r"[毎每]?[个個]?平日",
            "weekly": r"[毎每](?=<long day>)|[毎每][週周]",
            "every": r"隔[週周]|\d{1,6}週間?(?:ごと|毎)",
            "monthly": r"[毎每]月(?!曜)",
            "refused": r"毎時|毎年|毎四半期",
        },
        times={"正午": time(12)},
        morning="午前|朝",
        afternoon="午後",
        hour="時",
        half="半",
        minute="分",
        after_number="日",
        last_day=r"月?末日?|最[後終]一?[天日]",
        between_days="[のと]",
        between="[にのはと]",
    ),
)
