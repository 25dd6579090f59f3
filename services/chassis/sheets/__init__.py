"""Dirty sheets read with care, and official forms written to the letter.

A form is a table of columns (`Form`, `Column`); `read_form` reads a file as a form, `detect` says
which form a file is, `write_sheet` writes one for print. The forms themselves belong to the services.
"""

from services.chassis.sheets.cells import (
    Cell,
    Noted,
    Reason,
    clean_name,
    clean_text,
    has_words,
    is_blank,
    read_age,
    read_day,
    read_list,
    read_name,
    text_of,
    text_within,
)
from services.chassis.sheets.files import Sheet, SheetRow, read_sheets
from services.chassis.sheets.forms import Column, Form, Need, PhoneColumn, Problem
from services.chassis.sheets.phones import phone_as_written, read_phone
from services.chassis.sheets.readings import (
    FormReading,
    FormRow,
    RowStatus,
    detect,
    read_any,
    read_form,
)
from services.chassis.sheets.tables import Table, find_table, which_form
from services.chassis.sheets.writing import PrintedSheet, fill_form, write_sheet

__all__ = [
    "Cell",
    "Column",
    "Form",
    "FormReading",
    "FormRow",
    "Need",
    "Noted",
    "PhoneColumn",
    "PrintedSheet",
    "Problem",
    "Reason",
    "RowStatus",
    "Sheet",
    "SheetRow",
    "Table",
    "clean_name",
    "clean_text",
    "detect",
    "fill_form",
    "find_table",
    "has_words",
    "is_blank",
    "phone_as_written",
    "read_age",
    "read_any",
    "read_day",
    "read_form",
    "read_list",
    "read_name",
    "read_phone",
    "read_sheets",
    "text_of",
    "text_within",
    "which_form",
    "write_sheet",
]
