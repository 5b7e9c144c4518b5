//! An appointment as a row of the workbook.

use fastrand::Rng;
use jiff::civil::DateTime;

use super::HEADERS;
use super::booking::Booking;
use super::people::{DOCTORS, HOSPITALS, Patient, uuid};
use crate::made_up::wrong;
use crate::sheet::{Cell, Row, text};

/// What can stand in a cell that cannot be read: the first eight reject their row, the others leave a value out.
fn slips() -> [(&'static str, Cell); 14] {
    [
        ("Appt. Status", text("pending review")),
        ("Appt. Payment Status", text("gift card")),
        ("UHID", Cell::Number(777_000_123_400_000_000.0)),
        ("Mobile", text("7.7700012E+11")),
        ("Appointment ID", Cell::Blank),
        ("Amount (₹)", text("on request")),
        ("Doctor HIS ID", text("2.98725E+13")),
        ("Refund Amount (₹)", text("partly")),
        ("Appointment Date", text("soon")),
        ("Consider Patient", text("perhaps")),
        ("Procedure Type", text("tele")),
        ("Is Prescription Generated", text("ask again")),
        ("DOB", text("n.k.")),
        ("Appt. Status", Cell::Blank),
    ]
}

/// The row of a booking as it stands on a morning, in the order of [`HEADERS`].
pub(super) fn row(booking: &Booking, morning: DateTime, canary: bool) -> Row {
    let standing = Standing::on(booking, morning, canary);
    let mut cells = [
        standing.person().as_slice(),
        &standing.appointment(),
        &standing.course(),
        &standing.bill(),
        &standing.call(),
    ]
    .concat();
    if let Some(slip) = booking.slip {
        let slips = slips();
        let (header, cell) = &slips[slip % slips.len()];
        let place = HEADERS.iter().position(|name| name == header);
        cells[place.unwrap_or_default()] = cell.clone();
    }
    cells
}

/// A booking as it stands on a morning.
struct Standing<'a> {
    booking: &'a Booking,
    patient: Patient,
    appointment_id: String,
    status: &'static str,
    payment: &'static str,
    paid_reference: Option<String>,
    is_refunded: bool,
    /// When the patient came.
    came: Option<DateTime>,
    /// When it was done.
    done: Option<DateTime>,
    canary: bool,
}

impl<'a> Standing<'a> {
    fn on(booking: &'a Booking, morning: DateTime, canary: bool) -> Self {
        let mut chance = Rng::with_seed(booking.seed ^ booking.number);
        let (status, payment) = (booking.status(morning), booking.payment(morning));
        Self {
            booking,
            patient: Patient::new(booking.seed.rotate_left(9), booking.patient, canary),
            appointment_id: uuid(&mut chance),
            status,
            payment,
            paid_reference: (payment == "paid").then(|| {
                format!("{}pay_{:010x}", if canary { "CANARY-" } else { "" }, chance.u64(..1 << 40))
            }),
            is_refunded: booking.is_refunded(morning),
            came: matches!(status, "done" | "checked-in" | "consulting").then_some(booking.start),
            done: (status == "done").then_some(booking.settled),
            canary,
        }
    }

    /// When a visit by video was done.
    fn online(&self) -> Option<DateTime> {
        self.done.filter(|_| self.booking.case.procedure != "consultation")
    }

    fn doctor(&self) -> (&'static str, &'static str) {
        DOCTORS[usize::from(self.booking.doctor)]
    }

    /// From “Patient ID” on.
    fn person(&self) -> [Cell; 12] {
        let patient = &self.patient;
        [
            text(&patient.id),
            Cell::Number(patient.uhid),
            text(&patient.name),
            Cell::Number(patient.mobile),
            text(&patient.born.to_string()),
            text(patient.gender),
            text(patient.city.0),
            text(patient.city.1),
            text("India"),
            text(if patient.is_new { "New" } else { "Existing" }),
            flag("yes", self.booking.style),
            text("Self"),
        ]
    }

    /// From “Appointment ID” on.
    fn appointment(&self) -> [Cell; 12] {
        let Booking { case, day, start, end, doctor, style, .. } = *self.booking;
        [
            text(&self.appointment_id),
            text(if case.procedure == "consultation" { "In person" } else { "Online" }),
            word(case.procedure, style / 3, false),
            if style.is_multiple_of(31) { text(&day.to_string()) } else { Cell::Date(day.at(0, 0, 0, 0)) },
            Cell::Date(start),
            Cell::Date(end),
            hospital(HOSPITALS[usize::from(doctor) % HOSPITALS.len()], style),
            text(self.doctor().0),
            Cell::Number(41_700.0 + f64::from(doctor)),
            word(self.payment, style / 5, true),
            word(self.status, style / 7, true),
            text(["App", "Website", "Call centre"][style % 3]),
        ]
    }

    /// From “Booked DateTime” on.
    fn course(&self) -> [Cell; 10] {
        let Booking { booked, start, settled, doctor, style, .. } = *self.booking;
        [
            Cell::Date(booked),
            text(&booked.strftime("%I:%M:%S %p").to_string()),
            moment(self.came),
            flag(if self.came.is_some() { "yes" } else { "no" }, style / 2),
            text(&uuid(&mut Rng::with_seed(doctor.into()))),
            text(self.doctor().1),
            moment(self.done.map(|_| start)),
            moment(self.done),
            moment((self.status == "cancelled").then_some(settled)),
            flag(if style.is_multiple_of(23) { "yes" } else { "no" }, style / 11),
        ]
    }

    /// From “HIS Invoice No.” on.
    fn bill(&self) -> [Cell; 13] {
        let number = self.booking.number;
        let money = Money::new(self.booking, self.patient.is_new);
        [
            optional((self.payment == "cash").then(|| format!("HIS/26-27/{number}"))),
            optional((self.payment == "paid").then(|| format!("INV-{number}"))),
            money.amount(self.booking.style),
            money.discount,
            money.registration,
            money.convenience,
            money.consult,
            Cell::Blank,
            Cell::Blank,
            Cell::Blank,
            match self.payment {
                "paid" => text("Online"),
                "cash" => text("Counter"),
                _ => Cell::Blank,
            },
            optional(self.paid_reference.clone()),
            if self.is_refunded { rupees(money.refund) } else { Cell::Blank },
        ]
    }

    /// From “Room ID” on.
    fn call(&self) -> [Cell; 10] {
        let Booking { case, number, start, style, .. } = *self.booking;
        let (online, speciality) = (self.online(), self.doctor().1);
        let event = |at, style, otherwise| event(at, style, otherwise, self.canary);
        [
            optional(online.map(|_| format!("room-{:05}", number % 100_000))),
            flag(self.done.map_or("no", |_| case.prescription), style / 13),
            moment(self.done.filter(|_| case.prescription == "yes")),
            event(online.map(|_| start), style, "did not join"),
            event(online, style / 19, "connection lost"),
            event(online.map(|_| start), style / 3, "did not join"),
            event(online, style / 29, "connection lost"),
            remarks(style, self.canary),
            word(case.consider, style / 17, false),
            text(speciality.split(',').next().unwrap_or(speciality)),
        ]
    }
}

/// What an appointment costs, in rupees.
struct Money {
    amount: Option<i32>,
    refund: i32,
    consult: Cell,
    registration: Cell,
    convenience: Cell,
    discount: Cell,
}

impl Money {
    fn new(booking: &Booking, is_new: bool) -> Self {
        let consult = 300 + 100 * i32::from(booking.doctor);
        let registration = if is_new { 150 } else { 0 };
        let discount = [0, 0, 50][booking.style % 3];
        let amount = consult + registration + 49 - discount;
        Self {
            // Some are blank, even where money came in.
            amount: (!booking.style.is_multiple_of(13)).then_some(amount),
            refund: amount - 49,
            consult: rupees(consult),
            registration: if is_new { rupees(registration) } else { Cell::Blank },
            convenience: rupees(49),
            discount: if discount == 0 { Cell::Blank } else { rupees(discount) },
        }
    }

    /// Mostly a number, now and then as somebody typed it.
    fn amount(&self, style: usize) -> Cell {
        match (self.amount, style % 29) {
            (None, _) => Cell::Blank,
            (Some(amount), 1) if amount >= 1000 => {
                Cell::Text(format!("₹ {},{:03}.00", amount / 1000, amount % 1000))
            }
            (Some(amount), 2) => Cell::Text(format!(" ₹{amount}")),
            (Some(amount), _) => rupees(amount),
        }
    }
}

fn rupees(amount: i32) -> Cell {
    Cell::Number(amount.into())
}

fn moment(moment: Option<DateTime>) -> Cell {
    moment.map_or(Cell::Blank, Cell::Date)
}

fn optional(words: Option<String>) -> Cell {
    words.map_or(Cell::Blank, Cell::Text)
}

/// A word as people type it. Only status words are typed with punctuation behind them, or in another spelling.
fn word(word: &str, style: usize, is_status: bool) -> Cell {
    if word.is_empty() {
        return if style.is_multiple_of(7) { text(" ") } else { Cell::Blank };
    }
    match (style % 11, word) {
        (0, _) => Cell::Text(word.to_uppercase()),
        (1, _) => Cell::Text(format!(" {word}\u{a0}")),
        (2, "cancelled") => text("Canceled"),
        (2, "no-show") => text("No Show"),
        (2, "checked-in") => text("Checked In"),
        (3, _) if is_status => Cell::Text(format!("{word}.")),
        (4 | 5, _) => text(word),
        _ => {
            let (first, rest) = word.split_at(1);
            Cell::Text(first.to_uppercase() + rest)
        }
    }
}

fn flag(word: &str, style: usize) -> Cell {
    let spelled = match (word, style % 8) {
        ("", _) => return Cell::Blank,
        ("yes", 0) => "YES ",
        ("yes", 1) => "yes",
        ("yes", _) => "Yes",
        (_, 0) => " no",
        (_, 1) => "NO",
        _ => "No",
    };
    text(spelled)
}

fn hospital(name: &str, style: usize) -> Cell {
    match style % 23 {
        0 => Cell::Text(name.to_uppercase()),
        1 => Cell::Text(format!("{name} ")),
        _ => text(name),
    }
}

/// A moment of a call, or what the call's provider wrote in its place.
fn event(at: Option<DateTime>, style: usize, otherwise: &str, canary: bool) -> Cell {
    if at.is_some() && style.is_multiple_of(19) { text(&wrong(otherwise, canary)) } else { moment(at) }
}

fn remarks(style: usize, canary: bool) -> Cell {
    let remark = match style % 40 {
        0 => "rang twice, no answer",
        1 => "=HYPERLINK(\"http://example.com\",\"pay here\")",
        2 => "<img src=x onerror=alert(1)> & more",
        3 => "asked for a later day\nwill call back",
        4 => "+1 guest",
        _ if canary => "",
        _ => return Cell::Blank,
    };
    Cell::Text(if canary { format!("{remark} CANARY-REMARK") } else { remark.to_owned() })
}
