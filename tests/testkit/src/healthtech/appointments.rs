//! The appointments export.

use fastrand::Rng;
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::export::{Breach, Export, Line, Record};
use super::{CANARY_BOOKINGS, CANARY_PATIENTS, Options, UNKNOWN_DOCTOR, spelling};
use crate::sheet::{Cell, text};

/// An appointment as it stands in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appointment {
    /// Number of the booking.
    pub booking_id: i64,
    /// Number of the patient.
    pub patient_id: i64,
    /// Number of the doctor.
    pub doctor_id: i32,
    /// Day of the appointment.
    pub booking_date: Date,
    /// `confirmed` or `cancelled`.
    pub status: &'static str,
}

impl Record for Appointment {
    type Key = i64;
    type Rank = Date;

    fn key(&self) -> i64 {
        self.booking_id
    }

    fn rank(&self) -> Date {
        self.booking_date
    }
}

/// What can be wrong with a row: the column, the cell that stands there and the rule that it breaks.
type Slip = (&'static str, Cell, &'static str);

/// One row in so many has a slip; one in so many is booked twice; one in so many names a doctor nobody knows.
const SLIP_EVERY: usize = 11;
const TWICE_EVERY: usize = 17;
const UNKNOWN_DOCTOR_EVERY: usize = 23;

/// Columns in the order of the export, which is not the contract's.
const COLUMNS: [&str; 6] = ["booking_id", "patient_id", "doctor_id", "notes", "booking_date", "status"];

pub(super) fn export(options: Options, chance: &mut Rng) -> Export<Appointment> {
    let slips = slips(options.canary);
    let mut lines = Vec::new();
    let mut second_bookings = Vec::new();
    for index in 0..options.appointments as usize {
        let appointment = invent(options, index, chance);
        let mut line = write(appointment, options, chance.usize(..1000));
        if index % SLIP_EVERY == SLIP_EVERY / 2 {
            slip(&mut line, &slips[index / SLIP_EVERY % slips.len()]);
        } else if index % TWICE_EVERY == TWICE_EVERY / 2 {
            // Later, earlier, or on the same day for another patient.
            let days = [9.days(), -9.days(), 0.days()][index / TWICE_EVERY % 3];
            let rival = Appointment {
                booking_date: appointment.booking_date.saturating_add(days),
                patient_id: appointment.patient_id + 1,
                ..appointment
            };
            second_bookings.push(write(rival, options, chance.usize(..1000)));
        }
        lines.push(line);
    }
    chance.shuffle(&mut lines);
    lines.append(&mut second_bookings);
    let plain = lines.len();
    lines.extend(drag_filled(options, chance));
    let implausible = lines.len() - plain;

    let header =
        ["Booking ID", "PATIENT_ID ", "Doctor Id", "Notes", "booking date", "Status"].map(text).to_vec();
    let title = if options.canary { "CANARY-TITLE: appointments" } else { "Appointments, all sites" };
    let mut export = Export::lay_out(title, &header, lines);
    export.implausible = implausible;
    export
}

fn invent(options: Options, index: usize, chance: &mut Rng) -> Appointment {
    let number = i64::try_from(index).unwrap_or_default();
    let patients = i64::from(options.appointments / 3 + 1);
    let (first_booking, first_patient) =
        if options.canary { (CANARY_BOOKINGS, CANARY_PATIENTS) } else { (10_000, 200) };
    let doctors = i32::try_from(options.doctors.max(1)).unwrap_or(i32::MAX);
    // The lower of two dice, so that some doctors are busier than others.
    let doctor = chance.i32(1..=doctors).min(chance.i32(1..=doctors));
    let nobody = index % UNKNOWN_DOCTOR_EVERY == UNKNOWN_DOCTOR_EVERY / 2;
    Appointment {
        booking_id: first_booking + number,
        patient_id: first_patient + chance.i64(0..patients),
        doctor_id: if nobody { UNKNOWN_DOCTOR } else { doctor },
        booking_date: date(2025, 1, 1).saturating_add(chance.i32(0..365).days()),
        status: if chance.u8(..10) < 7 { "confirmed" } else { "cancelled" },
    }
}

/// Writes an appointment. `style` chooses among the spellings; their numbers have no common divisor, so they mix.
fn write(appointment: Appointment, options: Options, style: usize) -> Line<Appointment> {
    let Appointment { booking_id, patient_id, doctor_id, booking_date, status } = appointment;
    let note = match (options.canary, style % 5) {
        (true, _) => Cell::Text(format!("CANARY-NOTE-{style}")),
        (false, 0) => text("rang twice"),
        (false, _) => Cell::Blank,
    };
    let cells = vec![
        spelling::whole(booking_id, style),
        spelling::whole(patient_id, style / 8),
        spelling::whole(i64::from(doctor_id), style / 3),
        note,
        spelling::day(booking_date, style),
        if status == "confirmed" { spelling::confirmed(style / 2) } else { spelling::cancelled(style) },
    ];
    Line { cells, meaning: Ok(appointment) }
}

/// The last rows of the sheet, where somebody dragged a date down too far: a year more in each, to 2355.
fn drag_filled(options: Options, chance: &mut Rng) -> Vec<Line<Appointment>> {
    let first = options.appointments as usize;
    let years = (2060..=2355).step_by(59).chain([2355]);
    years
        .enumerate()
        .map(|(index, year)| {
            let booking_date = date(year, 10, 3);
            let appointment = Appointment { booking_date, ..invent(options, first + index, chance) };
            // As a date cell and as text in turn.
            let mut line = write(appointment, options, chance.usize(..1000));
            put(&mut line, "booking_date", spelling::day(booking_date, if index % 2 == 0 { 5 } else { 0 }));
            line
        })
        .collect()
}

fn slips(canary: bool) -> Vec<Slip> {
    let or_canary = |words: &str, with_canary: &str| text(if canary { with_canary } else { words });
    vec![
        ("booking_id", or_canary("37X", "88800012340037X"), "not_an_integer"),
        ("patient_id", Cell::Blank, "missing"),
        ("booking_date", or_canary("next Tuesday", "CANARY-DATE"), "not_a_date"),
        ("status", or_canary("no show", "CANARY-STATUS"), "unknown_word"),
        ("booking_id", text("2.98725E+13"), "damaged_identifier"),
        ("doctor_id", or_canary("Dr. Who", "CANARY-DOCTOR"), "not_an_integer"),
        ("patient_id", text("\u{a0} \u{200b}"), "missing"),
        ("booking_date", text("2025-02-30"), "not_a_date"),
        ("booking_date", text("31/12/2025"), "not_a_date"),
        ("booking_date", Cell::Blank, "missing"),
        ("status", Cell::Blank, "missing"),
        ("booking_id", Cell::Number(12.5), "not_an_integer"),
        ("booking_id", Cell::Blank, "missing"),
        ("doctor_id", Cell::Number(5_000_000_000.0), "out_of_range"),
        ("patient_id", or_canary("98765432109876543210", "77700012349876543210"), "out_of_range"),
        ("status", or_canary("confirmed by phone", "confirmed CANARY"), "unknown_word"),
    ]
}

fn slip(line: &mut Line<Appointment>, (column, cell, rule): &Slip) {
    put(line, column, cell.clone());
    line.meaning = Err(Breach { rule, column });
}

fn put(line: &mut Line<Appointment>, column: &str, cell: Cell) {
    let place = COLUMNS.iter().position(|name| *name == column);
    if let Some(old) = place.and_then(|place| line.cells.get_mut(place)) {
        *old = cell;
    }
}
