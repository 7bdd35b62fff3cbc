"""What customers say: phrases that the phone suggests and that a lively shop is full of."""

import unicodedata

from simulator.model import Customer

LANGUAGES = {
    "en": "English",
    "ka": "ქართული",
    "ar": "العربية",
    "es": "Español",
    "de": "Deutsch",
    "emoji": "Mostly emoji",
}

PHRASES: dict[str, tuple[str, ...]] = {
    "en": (
        "Hi! Is the blue bowl still available? 💙",
        "How much is shipping to Batumi?",
        "Can I pick it up on Saturday?",
        "The mug arrived chipped, what can we do?",
        "Perfect, I'll take two then",
        "Do you make gift vouchers?",
        "Any news about my order 4471?",
        "Could you send me a photo of the glaze, please?",
    ),
    "ka": (
        "გამარჯობა! ლურჯი თასი ისევ გაქვთ?",
        "რა ღირს მიწოდება ბათუმში?",
        "შაბათს შემიძლია წამოღება?",
        "დიდი მადლობა! 🙏",
        "ორი ცალი მინდა",
    ),
    "ar": (
        "مرحبا! هل الوعاء الأزرق ما زال متوفرا؟",
        "كم تكلفة الشحن إلى دبي؟",
        "شكرا جزيلا، وصل الطلب اليوم 🌸",
        "هل يمكنني الدفع عند الاستلام؟",
        "أريد اثنين من فضلك: Harbour Mug رقم 12",
    ),
    "es": (
        "¡Hola! ¿Todavía tenéis el cuenco azul?",
        "¿Cuánto cuesta el envío a España?",
        "¡Muchísimas gracias! 😊",
        "¿Puedo recogerlo el sábado por la mañana?",
    ),
    "de": (
        "Hallo! Ist die große Schüssel noch da?",
        "Was kostet der Versand nach Österreich?",
        "Danke schön, grüße aus Köln!",
        "Kann ich die Tasse umtauschen?",
    ),
    "emoji": ("💙💙💙", "🏺👀❓", "👩🏽‍🎨 wow 😍", "📦➡️🏠❓", "🙏🏼", "🎂🎁 bis Freitag? 🥺"),
}
"""Openers and follow-ups per language; the keys are those of LANGUAGES."""

THANKS: dict[str, tuple[str, ...]] = {
    "en": ("Great, thank you!", "Ok, and the green one?", "Thanks for the quick answer 🙌", "👍"),
    "ka": ("გმადლობთ!", "კარგი, ველოდები", "👍"),
    "ar": ("شكرا!", "حسنا، سأنتظر", "👍"),
    "es": ("¡Genial, gracias!", "Vale, ¿y el verde?", "👍"),
    "de": ("Super, danke!", "Gut, und die grüne?", "👍"),
    "emoji": ("🙏", "😍😍", "👌🏾"),
}
"""What follows an answer of the business."""

NAMES: tuple[tuple[str, str], ...] = (
    ("Mariam Beridze", "ka"),
    ("Omar Haddad", "ar"),
    ("Emily Carter", "en"),
    ("Lucía Fernández", "es"),
    ("Jonas Weber", "de"),
    ("ნინო კაპანაძე", "ka"),
    ("ليلى منصور", "ar"),
    ("Kofi Mensah", "en"),
    ("Priya Raman", "en"),
    ("Tornike Gelashvili", "ka"),
    ("Yuki Tanaka", "emoji"),
    ("Alejandro Ruiz Castellanos", "es"),
    ("Marta Jansen", "en"),
    ("Hana Nováková", "en"),
    ("يوسف العلي", "ar"),
    ("Greta Lindqvist", "en"),
    ("Felix Braun", "de"),
    ("Ketevan Tsiklauri", "ka"),
    ("Chloé Dubois", "en"),
    ("Zoë van der Berg-Oosterhuis de Witt", "en"),
    ("Sami Idrissi", "ar"),
    ("Isabel Ortega", "es"),
    ("Lotte Schmidt", "de"),
    ("Amara Okafor", "en"),
    ("Luka Dvali", "ka"),
    ("Min-jun Park", "emoji"),
    ("Ava Thompson", "en"),
    ("Nour Saleh", "ar"),
    ("Diego Herrera", "es"),
    ("Pottery Oslo", "en"),
    ("Elene Japaridze", "ka"),
    ("Paul Becker", "de"),
    ("Fatima Zahra", "ar"),
    ("Noah Williams", "en"),
    ("Sofía Romero", "es"),
    ("Salome Kiknadze", "ka"),
    ("Anton Krüger", "de"),
    ("Grace Kim", "emoji"),
    ("Oliver Brown", "en"),
    ("Tamar Lomidze", "ka"),
)
"""People of a lively shop, each with the language they write in."""

USERNAMES = {
    "ნინო კაპანაძე": "nino.kapanadze",
    "ليلى منصور": "layla.mansour",
    "يوسف العلي": "yousef.alali",
}
"""Of those whose names have no Latin letters."""

_SCRIPTS = {"ARABIC": "ar", "GEORGIAN": "ka"}


def language_of(customer: Customer) -> str:
    """The customer's language: as set, else by the letters of the name, else English."""
    if customer.language in PHRASES:
        return str(customer.language)
    for letter in customer.name or "":
        script = unicodedata.name(letter, "").partition(" ")[0]
        if script in _SCRIPTS:
            return _SCRIPTS[script]
    return "en"
