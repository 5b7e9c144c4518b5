//! Who pays, for what, and why not.

/// An insurance, or the patients themselves.
#[derive(Debug)]
pub(super) struct Payer {
    pub(super) name: &'static str,
    /// Blank where nobody but the patient pays.
    pub(super) id: &'static str,
    pub(super) kind: &'static str,
    /// What it allows of a charge, in percent.
    pub(super) allows: i64,
    /// It denies one in so many.
    pub(super) denies_every: u32,
}

const fn payer(
    name: &'static str,
    id: &'static str,
    kind: &'static str,
    allows: i64,
    denies_every: u32,
) -> Payer {
    Payer { name, id, kind, allows, denies_every }
}

pub(super) const PAYERS: [Payer; 8] = [
    payer("Aetna", "60054", "PPO", 62, 9),
    payer("Blue Cross Blue Shield of Florida", "00590", "PPO", 58, 12),
    payer("Cigna Behavioral Health", "62308", "HMO", 55, 6),
    payer("UnitedHealthcare / Optum", "87726", "HMO", 49, 4),
    payer("Humana, Inc.", "61101", "PPO", 60, 10),
    payer("Ambetter \"Sunshine\" Health", "68069", "HMO", 41, 5),
    payer("Medicare Part B", "09102", "Medicare", 72, 20),
    payer("Self Pay", "", "Self Pay", 100, 1_000_000),
];

/// Something that is charged for.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) cpt: &'static str,
    pub(super) description: &'static str,
    /// Blank for what a professional bills alone.
    pub(super) revenue: &'static str,
    pub(super) bill: &'static str,
    /// Price of a unit in cents.
    pub(super) price: i64,
    /// At most so many units, each a day.
    pub(super) days: i64,
}

const fn service(
    cpt: &'static str,
    description: &'static str,
    revenue: &'static str,
    bill: &'static str,
    price: i64,
    days: i64,
) -> Service {
    Service { cpt, description, revenue, bill, price, days }
}

pub(super) const SERVICES: [Service; 10] = [
    service("H0010", "Detoxification, residential, sub-acute", "0126", "0111", 195_000, 5),
    service("H0018", "Residential treatment,\nshort-term, per diem", "1002", "0861", 125_000, 7),
    service("H0035", "Partial hospitalization, under 24 hours", "0912", "0131", 89_550, 5),
    service("H0015", "Intensive outpatient program (\"IOP\")", "0906", "0131", 47_525, 3),
    service("S9480", "Intensive outpatient psychiatric services", "0905", "0131", 42_000, 3),
    service("90837", "Psychotherapy, 60 minutes", "0914", "0131", 21_500, 1),
    service("90853", "Group psychotherapy", "0915", "0131", 9_875, 1),
    service("80307", "Drug test, presumptive", "0300", "0141", 24_999, 1),
    service("99204", "Office visit, new patient", "", "", 31_000, 1),
    service("H0015", "Intensive outpatient program (\"IOP\")", "0906", "0131", 47_525, 4),
];

/// Remark codes and reason codes of what is not paid; the first ones are the usual ones.
pub(super) const DENIALS: [(&str, &str); 7] = [
    ("M127", "CO-197"),
    ("N115", "CO-50"),
    ("MA130, N382", "CO-16"),
    ("N362", "CO-119"),
    ("", "CO-29"),
    ("N130", "PR-204"),
    ("M86", "CO-18, CO-97"),
];

/// Adjustment codes and sources of what is written off.
pub(super) const WRITE_OFFS: [(&str, &str); 4] = [
    ("TIMELY FILING", "Insurance Adjustment"),
    ("BAD DEBT", "Collection Write-off"),
    ("SMALL BALANCE", "Patient Write-off"),
    ("ADMIN, APPEAL LOST", "Insurance Adjustment"),
];

pub(super) const PRACTICES: [&str; 5] = [
    "Harbor Recovery Center",
    "Cedar & Sons Wellness, LLC",
    "Núñez Behavioral Health",
    "Bayview Detox",
    "Palmetto Day Treatment",
];

pub(super) const FACILITIES: [&str; 3] = ["Main Campus", "Residence \"North\"", "Outpatient, 2nd floor"];

pub(super) const OFFICES: [&str; 2] = ["Billing East", "Billing West"];

pub(super) const USERS: [&str; 5] = ["mlopez", "k.chen", "dsmith", "bjørn.o", "auto-poster"];

pub(super) const SOURCES: [&str; 3] = ["ERA", "Check", "Credit Card"];

/// What somebody did to what.
pub(super) const ACTIONS: [(&str, &str); 5] = [
    ("Modified", "Claim"),
    ("Created", "Claim"),
    ("Viewed", "Patient"),
    ("Posted", "Payment"),
    ("Printed", "Statement"),
];

pub(super) const GIVEN: [&str; 10] =
    ["Ana", "Björn", "Chidi", "Zoë", "Eun-ji", "Fátima", "Nuala", "Robert \"Bo\"", "María José", "Şükrü"];

/// Family names of patients. They are rare, so that one in a log is a leak.
pub(super) const FAMILY: [&str; 12] = [
    "Quillfeather",
    "Ødegaard-Vann",
    "Brambleworth",
    "O'Sallowglass",
    "Tvrtkovićová",
    "Núñez Larkspurre",
    "Wetherspindle",
    "d'Ashgrovenne",
    "Kowalczykiewicz",
    "Thistlebaum",
    "Mirabelloni",
    "van der Zwaluwe",
];
