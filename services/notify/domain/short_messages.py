"""Of how many parts a short message consists."""

import re

_GSM = re.compile(r"[\n\r !\"#$%&'()*+,\-./0-9:;<=>?@A-Z_a-z£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà]*")


def sms_parts(text: str) -> int:
    """Return of how many parts an SMS consists: 70 characters or 67 each; 160 or 153 in the GSM alphabet."""
    single, part = (160, 153) if _GSM.fullmatch(text) else (70, 67)
    length = len(text.encode("utf-16-le")) // 2
    return 1 if length <= single else -(-length // part)
