"""The names of months, as feeds write them. All casefolded; Latin accents are kept as written and without."""

# ruff: noqa: RUF001 - the letters of these languages are meant

import unicodedata

# One month a paragraph of two lines: Latin scripts, then Russian, Ukrainian, Arabic (both sets), Hebrew, Persian.
_NAMES = """
january jan januar jän jänner janvier janv enero ene gennaio gen janeiro ocak oca styczeń stycznia sty
  январь января янв січень січня січ يناير ינואר ינו ژانویه جانفي
february feb februar februari février fevrier févr febrero febbraio fevereiro fev şubat şub luty lutego lut
  февраль февраля фев февр лютий лютого лют فبراير شباط פברואר פבר فوریه فيفري
march mar märz maerz mär mrz mars marzo março mart marzec marca
  март марта мар березень березня бер مارس آذار אذار מרץ מרס مارچ
april apr avril avr abril abr aprile nisan nis kwiecień kwietnia kwi
  апрель апреля апр квітень квітня кві квіт أبريل ابريل نيسان אפריל אפר آوریل أفريل
may mai mayo maggio maio mayıs maj maja
  май мая травень травня тра трав مايو أيار ايار מאי مه ماي
june jun juni juin junio giugno giu junho haziran haz czerwiec czerwca cze
  июнь июня июн червень червня чер черв يونيو يونيه حزيران יוני יונ ژوئن جوان
july jul juli juillet juil julio luglio lug julho temmuz tem lipiec lipca lip
  июль июля июл липень липня лип يوليو يوليه تموز יולי יול ژوئیه جويلية
august aug août aout agosto ago ağustos ağu sierpień sierpnia sie
  август августа авг серпень серпня сер серп أغسطس اغسطس آب אוגוסט אוג اوت أوت
september sep sept septembre septiembre setiembre settembre set setembro eylül eyl wrzesień września wrz
  сентябрь сентября сен сент вересень вересня вер верес سبتمبر أيلول ايلول ספטמבר ספט سپتامبر
october oct oktober okt octobre octubre ottobre ott outubro out ekim eki październik października paź
  октябрь октября окт жовтень жовтня жов жовт أكتوبر اكتوبر אוקטובר אוק اکتبر
november nov novembre noviembre novembro kasım kas listopad listopada lis
  ноябрь ноября ноя нояб листопад листопада лис лист نوفمبر נובמבר נוב نوامبر
december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro aralık ara grudzień grudnia gru
  декабрь декабря дек грудень грудня гру груд ديسمبر דצמבר דצמ دسامبر
"""
_TWO_WORDS = {
    "كانون الثاني": 1, "تشرين الأول": 10, "تشرين الاول": 10, "تشرين الثاني": 11, "كانون الأول": 12, "كانون الاول": 12,
}  # fmt: skip
_JALALI = "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند"


def _bare(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


_LINES = _NAMES.strip().splitlines()
MONTHS: dict[str, int] = {word: n // 2 + 1 for n, line in enumerate(_LINES) for word in line.split()}
MONTHS |= {bare: n for word, n in MONTHS.items() if word.isascii() is False and (bare := _bare(word)).isascii()}
TWO_WORD_MONTHS: dict[str, int] = dict(_TWO_WORDS)
JALALI_MONTHS: dict[str, int] = {word: n for n, word in enumerate(_JALALI.split(), 1)}


def month(word: str) -> int | None:
    """Return 1 to 12 for a Gregorian month's name or abbreviation, else None. Hebrew's prefixed ב ("in") is let go."""
    return MONTHS.get(word) or MONTHS.get(word.removeprefix("ב"))
