"""The twelve columns: what is meant, how people and programs spell it, and what goes wrong.

What is meant is an array per column. A cell is None, text, a bool, a number, or a `Shown`: a number with a style.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

EPOCH = np.datetime64("1899-12-30")
FIRST_DAY, DAYS = np.datetime64("2023-01-01"), 1095
GIVEN = (
    "Ana Björn Chidi Zoë Eun-ji Fátima Nuala 王 Şükrü Ada Grace Omar Priya Lena Tomás Ruth Ivan Mei Noor Hugo"
).split()
FAMILY = (
    "O'Brien|Núñez|Lindström|d'Arcy|Müller-Lüdenscheidt|Okafor|小龙|Reyes|Smith & Sons|van der Berg|Ito|Haddad|"
    "Kowalska|Mbeki|Rossi, Jr.|Nguyen|Patel|García|Larsen|Osei|Cohen|Yılmaz|Dubois|Svensson|Khan|<unknown>|Park|Silva|"
    "Novák|Weiß"
).split("|")
NAMES = [f"{given} {middle}. {family}" for given in GIVEN for middle in "ABCDEHJKLM" for family in FAMILY]
CLINICS = ["north", "south", "east", "west", "central", "harbour"]
STATUSES = ["booked", "done", "cancelled", "no_show"]
STATUS_SPELLINGS = [
    ["Booked"],
    ["Completed", "Done", "DONE."],
    ["Canceled", "Cancelled."],
    ["No-Show", "no show", "NO SHOW"],
]


class Shown(NamedTuple):
    """A number that a style shows as something else."""

    number: float
    style: str
    text: str


class Slip(NamedTuple):
    """What is wrong in a share of the rows, and the rule that it breaks."""

    rule: str
    share: float
    cell: Callable


@dataclass
class Column:
    name: str
    header: str
    invent: Callable  # chance, share of the file that is before each row -> what is meant
    plain: Callable  # what is meant -> cells
    text: Callable  # what is meant -> text as PostgreSQL writes it, empty for null
    spellings: list = field(default_factory=list)  # share of rows, spelling of (meant, plain cell)
    slips: list = field(default_factory=list)

    def write(self, meant, chance):
        """Cells of these values, and for each the number of the slip in it, or -1."""
        cells, slipped = self.plain(meant), np.full(len(meant), -1)
        for share, spelling in self.spellings:
            for row in np.flatnonzero(chance.random(len(meant)) < share):
                if cells[row] is not None:
                    cells[row] = spelling(meant[row], cells[row])
        for number, slip in enumerate(self.slips):
            for row in np.flatnonzero(chance.random(len(meant)) < slip.share):
                cells[row], slipped[row] = slip.cell(meant[row]), number
        return cells, slipped


def numbers(meant):
    return meant.tolist()


def texts(meant):
    return [str(value) for value in meant.tolist()]


def integer_spellings(share):
    return [
        (share, lambda value, _: f"{value}"),
        (share / 4, lambda value, _: f" {value} "),
        (share / 4, lambda value, _: f"{value}.0"),
    ]


def optional(values, nulls):
    return ["" if null else value for value, null in zip(values, nulls)]


def days(meant):
    """Days as a spreadsheet keeps them."""
    serials = (meant - EPOCH).astype(int).tolist()
    return [Shown(serial, "day", text) for serial, text in zip(serials, np.datetime_as_string(meant).tolist())]


def moments(meant):
    serials = ((meant - EPOCH).astype("timedelta64[s]").astype(int) / 86_400).tolist()
    written = [text.replace("T", " ") for text in np.datetime_as_string(meant).tolist()]
    return [Shown(serial, "moment", text) for serial, text in zip(serials, written)]


def money(meant):
    return [Shown(cents / 100, "money", f"{cents / 100:.2f}") for cents in meant.tolist()]


def american(day):
    return day.item().strftime("%m/%d/%Y")


def patient_cells(meant):
    return [f"P{number:07d}" for number in meant.tolist()]


def name_cells(meant):
    return [NAMES[number] if number >= 0 else None for number in meant.tolist()]


def invoice_cells(meant):
    """Text, a bare number (below zero), or nothing (0)."""
    return [f"INV-{n:08d}" if n > 0 else (-n if n < 0 else None) for n in meant.tolist()]


def padded(_, cell):
    return f" {cell}\u00a0"


def is_new(chance, before):
    return chance.choice([-1, 0, 1], len(before), p=[0.08, 0.62, 0.30])


def booked(chance, before):
    seconds = (before * DAYS * 86_400).astype(int) + chance.integers(0, 86_400, len(before))
    return FIRST_DAY.astype("datetime64[s]") + seconds


def invoices(chance, before):
    kinds = chance.choice([1, -1, 0], len(before), p=[0.85, 0.07, 0.08])
    return kinds * chance.integers(1_000_000, 99_999_999, len(before))


COLUMNS = [
    Column(
        "appointment_id",
        "Appointment ID",
        lambda chance, before: np.zeros(len(before), int),  # numbered by whoever makes the rows
        numbers,
        texts,
        integer_spellings(0.02),
        [Slip("missing", 0.0004, lambda _: None), Slip("not_an_integer", 0.0006, lambda value: f"A-{value}")],
    ),
    Column(
        "patient_id",
        "Patient ID",
        lambda chance, before: chance.integers(1, 350_000, len(before)),
        patient_cells,
        patient_cells,
        [(0.02, padded)],
        [
            Slip("missing", 0.0006, lambda _: "  "),
            Slip("pattern", 0.0005, lambda value: f"{value:07d}"),
            Slip("pattern", 0.0002, lambda value: f"p{value:07d}"),
        ],
    ),
    Column(
        "patient_name",
        "Patient Name",
        lambda chance, before: np.where(
            chance.random(len(before)) < 0.01, -1, chance.integers(0, len(NAMES), len(before))
        ),
        name_cells,
        lambda meant: ["" if cell is None else cell for cell in name_cells(meant)],
        [(0.03, padded)],
    ),
    Column(
        "doctor_id",
        "Doctor ID",
        lambda chance, before: np.minimum(chance.integers(1, 1200, len(before)), chance.integers(1, 1200, len(before))),
        numbers,
        texts,
        integer_spellings(0.03),
        [
            Slip("missing", 0.0007, lambda _: None),
            Slip("not_an_integer", 0.0006, lambda _: "Dr. Who"),
            Slip("not_an_integer", 0.0002, lambda value: float(value) + 0.5),
        ],
    ),
    Column(
        "clinic",
        "Clinic",
        lambda chance, before: chance.choice(6, len(before), p=[0.3, 0.2, 0.2, 0.15, 0.1, 0.05]),
        lambda meant: [CLINICS[number] for number in meant.tolist()],
        lambda meant: [CLINICS[number] for number in meant.tolist()],
        [
            (0.10, lambda _, cell: cell.title()),
            (0.04, lambda _, cell: cell.upper()),
            (0.02, lambda _, cell: f" {cell}. "),
            (0.10, lambda value, cell: "Harbor" if value == 5 else cell),
        ],
        [Slip("missing", 0.0003, lambda _: None), Slip("unknown_word", 0.0009, lambda _: "Nrth")],
    ),
    Column(
        "appointment_date",
        "Appointment Date",
        lambda chance, before: FIRST_DAY + (before * DAYS).astype(int) + chance.integers(0, 60, len(before)),
        days,
        lambda meant: np.datetime_as_string(meant).tolist(),
        [
            (0.06, lambda value, _: american(value)),
            (0.05, lambda value, _: str(value)),
            (0.03, lambda value, _: value.item().strftime("%d-%b-%Y")),
            (0.02, lambda _, cell: int(cell.number) if isinstance(cell, Shown) else cell),  # its format got lost
            (0.01, lambda _, cell: f" {cell} " if isinstance(cell, str) else cell),
        ],
        [
            Slip("missing", 0.0005, lambda _: None),
            Slip("not_a_date", 0.0005, lambda _: "2025-02-30"),
            Slip("not_a_date", 0.0004, lambda _: "31/12/2025"),
            Slip("not_a_date", 0.0004, lambda _: "to be told"),
            Slip("implausible_date", 0.0004, lambda value: days(value[None] + 73_050)[0]),
            Slip("implausible_date", 0.0002, lambda _: "1925-03-04"),
        ],
    ),
    Column(
        "booked_at",
        "Booked At",
        booked,
        moments,
        lambda meant: [text.replace("T", " ") for text in np.datetime_as_string(meant).tolist()],
        [
            (0.04, lambda value, _: str(value)),
            (0.04, lambda value, _: str(value).replace("T", " ")),
            (0.02, lambda value, _: value.item().strftime("%m/%d/%Y %I:%M:%S %p")),
        ],
        [
            Slip("missing", 0.0004, lambda _: None),
            Slip("not_a_timestamp", 0.0004, lambda _: "2025-13-01 08:00:00"),
            Slip("not_a_timestamp", 0.0003, lambda _: "yesterday"),
        ],
    ),
    Column(
        "duration_min",
        "Duration (min)",
        lambda chance, before: chance.choice([-1, 10, 15, 20, 30, 45, 60, 90], len(before)),
        lambda meant: [None if value < 0 else value for value in meant.tolist()],
        lambda meant: optional(texts(meant), meant < 0),
        [*integer_spellings(0.02)],
        [
            Slip("outside_range", 0.0005, lambda _: 0),
            Slip("outside_range", 0.0003, lambda _: "999"),
            Slip("not_an_integer", 0.0004, lambda _: "half an hour"),
        ],
    ),
    Column(
        "status",
        "Status",
        lambda chance, before: chance.choice(4, len(before), p=[0.15, 0.65, 0.12, 0.08]),
        lambda meant: [STATUSES[number] for number in meant.tolist()],
        lambda meant: [STATUSES[number] for number in meant.tolist()],
        [
            (0.08, lambda value, _: STATUS_SPELLINGS[value][0]),
            (0.05, lambda value, _: STATUS_SPELLINGS[value][-1]),
            (0.02, padded),
        ],
        [Slip("missing", 0.0004, lambda _: None), Slip("unknown_word", 0.0009, lambda _: "on hold")],
    ),
    Column(
        "new_patient",
        "New Patient",
        is_new,
        lambda meant: [None if value < 0 else bool(value) for value in meant.tolist()],
        lambda meant: optional(["true" if value else "false" for value in meant.tolist()], meant < 0),
        [
            (0.10, lambda value, _: "Yes" if value else "No"),
            (0.05, lambda value, _: "Y" if value else "n"),
            (0.03, lambda value, _: int(value)),
        ],
        [Slip("not_a_boolean", 0.0007, lambda _: "maybe")],
    ),
    Column(
        "amount",
        "Amount",
        lambda chance, before: (chance.gamma(1.5, 12_000, len(before)) + 500).astype(int),
        money,
        lambda meant: [f"{cents // 100}.{cents % 100:02d}" for cents in meant.tolist()],
        [
            (0.02, lambda value, _: f"${value / 100:,.2f}"),
            (0.01, lambda value, _: f"{value / 100:,.2f}"),
            (0.01, lambda value, _: f" {value / 100:.2f} "),
        ],
        [
            Slip("missing", 0.0003, lambda _: None),
            Slip("missing", 0.0003, lambda _: "N/A"),
            Slip("outside_range", 0.0007, lambda value: money(-value[None])[0]),
            Slip("outside_range", 0.0003, lambda value: f"({value / 100:.2f})"),
            Slip("too_many_digits", 0.0003, lambda value: round(value / 100 + 0.005, 3)),
            Slip("not_a_decimal", 0.0003, lambda _: "twelve"),
        ],
    ),
    Column(
        "invoice_no",
        "Invoice No",
        invoices,
        invoice_cells,
        lambda meant: ["" if cell is None else str(cell) for cell in invoice_cells(meant)],
        [(0.01, padded)],
    ),
]
