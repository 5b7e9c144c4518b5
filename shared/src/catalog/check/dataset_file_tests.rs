use super::*;
use crate::catalog::check::tests::with;
use crate::catalog::{Missing, Mistakes, Range, Word};
use crate::payload::Severity;

/// A contract of all that there is to say.
const VISITS: &str = r#"title = "Visits"
table = "healthtech.visits"
match = { prefix = "healthtech/", name = "*visit*" }
key = ["visit_id"]
keep = "last by started"
load = "replace per clinic"
unknown_columns = "evolve"
sheets = "first"
hidden_sheets = "read"
hold_back = { smaller_by = "50%", rejects_over = "5%" }
nulls = ["N/A"]
partition = "month(day)"

[columns]
visit_id = { type = "bigint", aliases = ["visit no"] }
clinic = { type = "text", required = true, pattern = "[A-Z]{2}", description = "Where" }
day = { type = "date", required = true, formats = ["%d.%m.%Y"], plausible = { after = "2000-01-01", before = "as_of", else = "reject" } }
started = { type = "timestamp", formats = ["%d.%m.%Y %H:%M"] }
check_in = { type = "time", formats = ["%I:%M %p"] }
seen = { type = "boolean", nulls = [" Unknown "] }
fee = { type = "decimal(9,2)", range = { min = 0, max = "99.5" }, severity = "warn" }
count = { type = "integer", range = { min = -1 }, unique = true }
doctor_id = { type = "integer", references = "healthtech.doctors", missing = "hold" }
result = { type = "text", phi = true, values = { positive = ["+", "Pos."], negative = ["-"] } }
"#;

/// What is wrong with a dataset of these lines and columns, without file and line.
fn wrong(lines: &str, columns: &str) -> Vec<String> {
    let head = "title = \"R\"\ntable = \"healthtech.rooms\"\nmatch = { prefix = \"healthtech/\" }\n";
    let text = format!("{head}{lines}\n[columns]\n{columns}\n");
    match with(&[("healthtech/rooms.toml", &text)]) {
        Ok(_) => Vec::new(),
        Err(Mistakes(mistakes)) => mistakes.into_iter().map(|mistake| mistake.message).collect(),
    }
}

/// The one mistake in a column.
fn wrong_column(column: &str) -> String {
    let mistakes = wrong("load = \"replace\"", column);
    assert_eq!(mistakes.len(), 1, "{column}: {mistakes:?}");
    mistakes.into_iter().collect()
}

/// The one mistake in what stands above two columns `id` and `day`.
fn wrong_line(lines: &str) -> String {
    let mistakes = wrong(lines, "id = { type = \"bigint\" }\nday = { type = \"date\" }");
    assert_eq!(mistakes.len(), 1, "{lines}: {mistakes:?}");
    mistakes.into_iter().collect()
}

#[test]
fn a_contract_may_use_the_whole_vocabulary() {
    let catalog = with(&[("healthtech/visits.toml", VISITS)]).unwrap();
    let visits = catalog.dataset("healthtech.visits").unwrap();
    assert_eq!(visits.load, LoadMode::ReplacePer("clinic".into()));
    assert_eq!(visits.keep, Keep::Last(Some("started".into())));
    assert_eq!(visits.hold_back, HoldBack { smaller_by: Some(50), rejects_over: Some(5) });
    assert_eq!(visits.partition, Some(Partition::Month("day".into())));
    assert_eq!(visits.unknown_columns, UnknownColumns::Evolve);
    assert!(visits.first_sheet && visits.hidden_sheets);
    let kinds: Vec<String> = visits.columns.iter().map(|column| column.kind.to_string()).collect();
    assert_eq!(
        kinds,
        [
            "bigint",
            "text",
            "date",
            "timestamp",
            "time",
            "boolean",
            "numeric(9,2)",
            "integer",
            "integer",
            "text",
            "jsonb"
        ]
    );
    let column = |name| visits.column(name).unwrap();
    assert!(column("visit_id").required && column("visit_id").aliases == ["visit no"]);
    assert!(column("clinic").pattern.as_ref().unwrap().matches("AB"));
    assert_eq!(column("seen").nulls, ["n/a", "unknown"]);
    assert_eq!(column("fee").range, Some(Range { min: Some(0), max: Some(9_950) }));
    assert_eq!(column("fee").severity, Severity::Warn);
    assert_eq!(column("count").range, Some(Range { min: Some(-1), max: None }));
    assert_eq!(column("doctor_id").references.as_ref().unwrap().missing, Missing::Hold);
    assert_eq!(
        column("result").values,
        [
            Word { stored: "positive".into(), spellings: vec!["+".into(), "pos".into()] },
            Word { stored: "negative".into(), spellings: vec!["-".into()] },
        ]
    );
    assert_eq!(column(Column::UNKNOWN).kind, ColumnType::Json);
}

#[test]
fn a_dataset_without_columns_accepts_any() {
    let text = "title = \"Any\"\ntable = \"healthtech.any\"\nmatch = { prefix = \"any/\" }\nload = \"replace\"\n\
                unknown_columns = \"evolve\"\n";
    let catalog = with(&[("healthtech/any.toml", text)]).unwrap();
    let any = catalog.dataset("healthtech.any").unwrap();
    assert_eq!(any.columns.len(), 1);
    assert_eq!(any.hold_back, HoldBack::default(), "its files have nothing to do with each other");
    let closed = text.replace("unknown_columns = \"evolve\"", "");
    assert_eq!(
        with(&[("healthtech/any.toml", &closed)]).unwrap_err().to_string(),
        "healthtech/any.toml:2: a dataset without `[columns]` accepts any: say so with `unknown_columns = \"evolve\"`"
    );
}

#[test]
fn a_table_that_is_replaced_is_held_back_when_it_shrinks() {
    let catalog = with(&[]).unwrap();
    let usual = HoldBack { smaller_by: Some(40), rejects_over: None };
    assert_eq!(catalog.dataset("healthtech.appointments").unwrap().hold_back, usual);
}

#[test]
fn a_type_says_its_digits() {
    for kind in ["decimal", "decimal(2,3)", "decimal(39,2)", "decimal(9)", "decimal(0,0)", "decimal(a,b)"] {
        let message = wrong_column(&format!("fee = {{ type = \"{kind}\" }}"));
        assert!(message.starts_with("a decimal says its digits in all"), "{kind}: {message}");
    }
    for kind in ["decimal(38,38)", "decimal( 9 , 2 )", "decimal(1,0)"] {
        assert_eq!(wrong("load = \"replace\"", &format!("fee = {{ type = \"{kind}\" }}")), [""; 0], "{kind}");
    }
    assert_eq!(
        wrong_column("fee = { type = \"decimals(9,2)\" }"),
        "a decimal says its digits in all, up to 38, and those behind the point: `decimal(12,2)`"
    );
}

#[test]
fn a_rule_belongs_to_its_types() {
    for (column, part) in [
        ("a = { type = \"text\", formats = [\"%Y-%m-%d\"] }", "`formats` belongs to"),
        ("a = { type = \"time\", plausible = { else = \"warn\" } }", "`plausible` belongs to"),
        ("a = { type = \"bigint\", values = { x = [\"x\"] } }", "`values` and `pattern` belong to"),
        ("a = { type = \"date\", pattern = \"x\" }", "`values` and `pattern` belong to"),
        ("a = { type = \"text\", range = { min = 0 } }", "`range` belongs to"),
        ("a = { type = \"text\", pattern = \"[\" }", "no regular expression"),
        ("a = { type = \"integer\", range = { min = \"0.5\" } }", "an end of `range`"),
        ("a = { type = \"decimal(9,2)\", range = { max = \"1.005\" } }", "an end of `range`"),
        ("a = { type = \"decimal(9,2)\", range = { max = \"much\" } }", "an end of `range`"),
        ("a = { type = \"integer\", range = { min = 2, max = 1 } }", "no number is in a `range`"),
        ("a = { type = \"integer\", missing = \"hold\" }", "`references` needs `missing"),
        ("a = { type = \"text\", required = true, severity = \"warn\" }", "a required column rejects rows"),
        ("_a = { type = \"text\" }", "a column's name is"),
    ] {
        assert!(wrong_column(column).contains(part), "{column}: {}", wrong_column(column));
    }
}

#[test]
fn a_format_can_be_read_again() {
    for (kind, format) in [
        ("date", "YYYY-MM-DD"),
        ("date", "%Y-%m"),
        ("date", "%H:%M"),
        ("date", "%Y-%m-%d %!"),
        ("time", "%Y-%m-%d"),
        ("timestamp", "%H:%M"),
    ] {
        let message = wrong_column(&format!("a = {{ type = \"{kind}\", formats = [\"{format}\"] }}"));
        assert!(message.starts_with("a format names the parts"), "{format}: {message}");
    }
    for (kind, format) in [
        ("date", "%d-%b-%y"),
        ("date", "%A, %B %-d, %Y"),
        ("timestamp", "%Y-%m-%dT%H:%M:%S%z"),
        ("timestamp", "%d.%m.%Y"),
        ("time", "%I:%M %p"),
    ] {
        let column = format!("a = {{ type = \"{kind}\", formats = [\"{format}\"] }}");
        assert_eq!(wrong("load = \"replace\"", &column), [""; 0], "{format}");
    }
}

#[test]
fn a_header_and_a_word_mean_one_thing() {
    assert_eq!(
        wrong(
            "load = \"replace\"",
            "visit_id = { type = \"text\" }\nid = { type = \"text\", aliases = [\"VisitID\"] }"
        ),
        ["the header `VisitID` names the column `visit_id` already"]
    );
    assert_eq!(
        wrong_column("a = { type = \"text\", values = { yes = [\"y\", \"Ok.\"], no = [\"n\", \"ok\"] } }"),
        "`ok` means `yes` and `no`: one of them"
    );
}

#[test]
fn what_a_file_does_to_the_table_goes_together() {
    for (lines, part) in [
        ("load = \"append\"", "`load` is `replace`, `merge` or"),
        ("load = \"merge\"", "`merge` finds rows again by their `key`"),
        ("load = \"replace per id\"", "needs a required column"),
        ("load = \"replace\"\nkeep = \"last\"", "`keep` decides between rows of one `key`"),
        ("load = \"replace\"\nkey = [\"id\"]\nkeep = \"newest\"", "`keep` is `first`"),
        (
            "load = \"replace\"\nkey = [\"id\"]\nkeep = \"last by days\"",
            "no column is named `days`; did you mean `day`?",
        ),
        (
            "load = \"replace\"\npartition = \"month(day)\"",
            "`partition` is `month(COLUMN)` of a required column",
        ),
        ("load = \"replace\"\nhold_back = { smaller_by = \"40\" }", "a share is written as whole per cent"),
        (
            "load = \"replace\"\nhold_back = { rejects_over = \"101%\" }",
            "a share is written as whole per cent",
        ),
        (
            "load = \"replace\"\nhidden_sheets = \"maybe\"",
            "`maybe` has no meaning here; known are: read, ignore",
        ),
        ("load = \"replace\"\nsheets = \"frist\"", "`frist` has no meaning here; did you mean `first`?"),
    ] {
        assert!(wrong_line(lines).contains(part), "{lines}: {}", wrong_line(lines));
    }
    assert_eq!(
        wrong("load = \"replace\"\nkey = [\"id\"]", "id = { type = \"text\", severity = \"warn\" }"),
        ["a row cannot stay without its key: take away that column's `severity`"]
    );
    let key = "key = [\"id\", \"day\"]";
    let columns = "id = { type = \"bigint\" }\nday = { type = \"date\" }";
    for load in ["load = \"replace per id\"", "load = \"replace\"\npartition = \"month(day)\""] {
        assert_eq!(
            wrong(&format!("{load}\n{key}"), columns),
            [""; 0],
            "a column of the key is required: {load}"
        );
    }
}

#[test]
fn a_clean_up_says_which_rows_and_how_old() {
    let told = |load: &str, rule: &str| {
        let rule = format!("load = \"{load}\"\nkey = [\"id\"]\n[clean_up]\n{rule}");
        wrong(&rule, "id = { type = \"bigint\" }\nday = { type = \"date\" }")
    };
    let fine = "rows = \"id > 7\"\nby = \"day\"\nafter = \"365 days\"";
    assert_eq!(told("merge", fine), [""; 0]);
    let replaced = told("replace", fine);
    assert_eq!(
        replaced,
        ["the next file would bring the rows back: `[clean_up]` belongs to `load = \"merge\"`"]
    );
    for (from, to, part) in [
        ("\"day\"", "\"days\"", "no column is named `days`; did you mean `day`?"),
        ("\"day\"", "\"id\"", "`by` is a column of type `date` or `timestamp`"),
        ("365 days", "a year", "`after` is an age such as `365 days`"),
        ("id > 7", " ", "`rows` is a condition in SQL"),
    ] {
        let mistakes = told("merge", &fine.replace(from, to));
        assert!(mistakes.len() == 1 && mistakes[0].starts_with(part), "{mistakes:?}");
    }
}

#[test]
fn an_index_names_columns_that_no_other_index_serves() {
    let told = |indexes: &str| {
        let lines = format!("load = \"merge\"\nkey = [\"id\", \"day\"]\nindexes = {indexes}");
        wrong(&lines, "id = { type = \"bigint\" }\nday = { type = \"date\" }")
    };
    assert_eq!(told("[[\"day\", \"id\"]]"), [""; 0]);
    let twice = "the key or another index begins with these columns, and serves as well";
    assert_eq!(told("[[\"id\"]]"), [twice]);
    assert_eq!(told("[[\"day\", \"id\"], [\"day\"]]"), [twice]);
    assert_eq!(told("[[\"day\"], [\"day\", \"id\"]]"), [twice]);
    assert_eq!(told("[[\"day\"], [\"day\"]]"), [twice]);
    assert_eq!(told("[[\"dy\"]]"), ["no column is named `dy`; known are: id, day"]);
    assert_eq!(told("[[\"day\", \"day\"]]"), ["the index has `day` already"]);
    assert!(told("[[]]")[0].starts_with("an index is a list of columns"), "{:?}", told("[[]]"));
}

#[test]
fn a_scope_is_compared_with_the_drops_key_and_its_rows_are_its_own() {
    let id = |rest: &str| {
        format!("id = {{ from = \"key\", required = true, {rest} }}\nday = {{ type = \"date\" }}")
    };
    let told = |load: &str, rest: &str| wrong(&format!("load = \"replace per id\"\n{load}"), &id(rest));
    assert_eq!(told("key = [\"id\", \"day\"]", "type = \"text\""), [""; 0]);
    let plain = "`id` is compared with the drop's key letter by letter: make it a `text` without `values`";
    assert_eq!(told("", "type = \"bigint\""), [plain]);
    assert_eq!(told("", "type = \"text\", values = { a = [] }"), [plain]);
    let others = "rows of one `id` would take the place of another's: name it in `key`";
    assert_eq!(told("key = [\"day\"]", "type = \"text\""), [others]);
}
