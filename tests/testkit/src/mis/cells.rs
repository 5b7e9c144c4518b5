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
    let mut chance = Rng::with_seed(booking.seed ^ booking.number);
    let appointment_id = uuid(&mut chance);
    let patient = Patient::new(booking.seed.rotate_left(9), booking.patient, canary);
    let doctor_id = uuid(&mut Rng::with_seed(booking.doctor.into()));
    let doctor = usize::from(booking.doctor);
    let (doctor_name, speciality) = DOCTORS[doctor];
    let style = booking.style;
    let payment = booking.payment(morning);
    let money = Money::new(booking, patient.is_new);
    let status = booking.status(morning);
    let done = (status == "done").then_some(booking.settled);
    let cancelled = (status == "cancelled").then_some(booking.settled);
    let came = matches!(status, "done" | "checked-in" | "consulting").then_some(booking.start);
    let online = done.filter(|_| booking.case.procedure != "consultation");
    let prescribed = done.filter(|_| booking.case.prescription == "yes");
    let number = booking.number;
    let paid_reference = (payment == "paid")
        .then(|| format!("{}pay_{:010x}", if canary { "CANARY-" } else { "" }, chance.u64(..1 << 40)));

    let cells: [Cell; HEADERS.len()] = [
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
        flag("yes", style),
        text("Self"),
        text(&appointment_id),
        text(if booking.case.procedure == "consultation" { "In person" } else { "Online" }),
        word(booking.case.procedure, style / 3, false),
        if style.is_multiple_of(31) {
            text(&booking.day.to_string())
        } else {
            Cell::Date(booking.day.at(0, 0, 0, 0))
        },
        Cell::Date(booking.start),
        Cell::Date(booking.end),
        hospital(HOSPITALS[doctor % HOSPITALS.len()], style),
        text(doctor_name),
        Cell::Number(41_700.0 + f64::from(booking.doctor)),
        word(payment, style / 5, true),
        word(status, style / 7, true),
        text(["App", "Website", "Call centre"][style % 3]),
        Cell::Date(booking.booked),
        text(&booking.booked.strftime("%I:%M:%S %p").to_string()),
        moment(came),
        flag(if came.is_some() { "yes" } else { "no" }, style / 2),
        text(&doctor_id),
        text(speciality),
        moment(done.map(|_| booking.start)),
        moment(done),
        moment(cancelled),
        flag(if style.is_multiple_of(23) { "yes" } else { "no" }, style / 11),
        optional((payment == "cash").then(|| format!("HIS/26-27/{number}"))),
        optional((payment == "paid").then(|| format!("INV-{number}"))),
        money.amount(style),
        money.discount,
        money.registration,
        money.convenience,
        money.consult,
        Cell::Blank,
        Cell::Blank,
        Cell::Blank,
        match payment {
            "paid" => text("Online"),
            "cash" => text("Counter"),
            _ => Cell::Blank,
        },
        optional(paid_reference),
        if booking.is_refunded(morning) { rupees(money.refund) } else { Cell::Blank },
        optional(online.map(|_| format!("room-{:05}", number % 100_000))),
        flag(done.map_or("no", |_| booking.case.prescription), style / 13),
        moment(prescribed),
        event(online.map(|_| booking.start), style, "did not join", canary),
        event(online, style / 19, "connection lost", canary),
        event(online.map(|_| booking.start), style / 3, "did not join", canary),
        event(online, style / 29, "connection lost", canary),
        remarks(style, canary),
        word(booking.case.consider, style / 17, false),
        text(speciality.split(',').next().unwrap_or(speciality)),
    ];
    let mut cells = cells.to_vec();
    if let Some(slip) = booking.slip {
        let slips = slips();
        let (header, cell) = &slips[slip % slips.len()];
        let place = HEADERS.iter().position(|name| name == header);
        cells[place.unwrap_or_default()] = cell.clone();
    }
    cells
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
