//! Failures have names, and the state machines act on them.
//!
//! Each stage has one error enum that implements [`Failure`]; the name becomes the Lambda's error type, which Step
//! Functions compares with the `ErrorEquals` of its retries and catches. What a state machine itself ends with is a
//! [`End`]. Cause and cure stand here alone; docs/ERRORS.md is made of them.

use std::fmt;

/// What the state machine does about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Tried again with back-off.
    Retryable,
    /// The file is at fault: it is quarantined, and the execution ends as handled.
    Rejected,
    /// Rounds or its deployment is at fault: the execution ends as failed.
    Defect,
}

/// One paragraph for each name: the name, what happened, and what to do about it.
macro_rules! names {
    ($(#[doc = $doc:literal])+ $names:ident: $($name:ident $text:literal $cause:literal $cure:literal)+) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $names {
            $(#[doc = $cause] $name,)+
        }

        impl $names {
            /// Every name.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name as state machines and people have it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// What happened, in sentences.
            #[must_use]
            pub const fn cause(self) -> &'static str {
                match self { $(Self::$name => $cause),+ }
            }

            /// What to do about it, in sentences.
            #[must_use]
            pub const fn cure(self) -> &'static str {
                match self { $(Self::$name => $cure),+ }
            }
        }

        impl fmt::Display for $names {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

names! {
    /// The name of a failure.
    Name:
    DatabaseUnreachable "Retryable.DatabaseUnreachable"
        "PostgreSQL does not answer, takes no login with the secret's password, or the connection broke."
        "See that the server runs, and that its security group lets the functions in; after a change of the password, that the secret has the new one. Then run it again."
    DatabaseBusy "Retryable.DatabaseBusy"
        "PostgreSQL gave up: a lock that others hold, a deadlock, no free connection, no room on its disk, or a restart. The SQLSTATE says which."
        "55P03 and 40P01: end the session that holds the lock. 53300: let fewer clients connect. 53100: give the disk more room. Then run it again."
    StorageUnavailable "Retryable.StorageUnavailable"
        "S3 failed, throttled, or broke a transfer off."
        "Wait until S3 answers, then run it again."
    SecretUnavailable "Retryable.SecretUnavailable"
        "Secrets Manager does not answer."
        "Wait until it answers; in a network without a way out, see to its endpoint. Then run it again."
    MailThrottled "Retryable.MailThrottled"
        "The mail service takes no more letters for now."
        "Have its quota raised, or send fewer in a second (`MAIL_PER_SECOND`). Run again, what is left is sent."
    MailUnavailable "Retryable.MailUnavailable"
        "The mail service cannot be reached; nothing was sent."
        "See to the network's way out, then run it again."
    MailLeft "Retryable.MailLeft"
        "A report has more letters than one call can send."
        "Run it again: it goes on with those that are left."
    VendorUnavailable "Retryable.VendorUnavailable"
        "The vendor cannot be reached, or answers with an error of its own."
        "Ask again when it answers: `rounds collect run --again`."
    VendorUnclear "Retryable.VendorUnclear"
        "The vendor's answer is cut off, or in words that nobody knows."
        "Ask again: `rounds collect run --again`. If it stays so, show the vendor the time."

    UnknownDataset "Rejected.UnknownDataset"
        "No dataset of the catalog has this key, name or header."
        "Name the columns as the dataset does, give the file's names to the dataset as aliases, or describe a new dataset (docs/CATALOG.md). Then drop the file again."
    EmptyFile "Rejected.EmptyFile"
        "The file has no row."
        "Fill it in and drop it again. Where an empty file is to empty its table, the dataset says `empty = \"load\"`."
    PasswordProtected "Rejected.PasswordProtected"
        "The file needs a password."
        "Save it without one and drop it again."
    UnsupportedFormat "Rejected.UnsupportedFormat"
        "The file is of a kind that is not read, such as a PDF or a picture."
        "Save it as an .xlsx workbook, or as CSV in UTF-8, and drop it again."
    CorruptFile "Rejected.CorruptFile"
        "The file is damaged or cut off, or a quotation mark is not closed; the sentence says where."
        "Open it, save it anew and drop it again; of a quotation mark, mend the row that is named."
    TooLarge "Rejected.TooLarge"
        "The file, one of its sheets or rows, or the number of its parts is beyond a limit; the sentence names it."
        "Split it and drop the pieces."
    MissingColumns "Rejected.MissingColumns"
        "A column that the dataset requires is not in the header, or the key lacks a folder that it is read from."
        "Add the column, or give the file's name for it to the dataset as an alias; for a folder, drop the file below the one that the sentence names."
    UnknownColumns "Rejected.UnknownColumns"
        "The header has a column that the dataset refuses (`unknown_columns = \"reject\"`)."
        "Take it out of the file, or add it to the dataset. Then drop the file again."
    NoUsableRows "Rejected.NoUsableRows"
        "Every row breaks a rule; to load none would empty the table, which stays as it is."
        "`rounds explain KEY` counts the rules: mend the rows, or the dataset, and drop the file again."
    ObjectGone "Rejected.ObjectGone"
        "The file was deleted or overwritten before it was read."
        "Drop it again."
    UnknownBatch "Rejected.UnknownBatch"
        "A mended workbook names no batch that the ledger has, or several, or its rows were rearranged."
        "Make it anew with `rounds rejects BATCH --xlsx FILE`, change only the cells right of `_reason`, and drop that."

    Internal "Defect.Internal"
        "A stage broke off at a mistake of its own."
        "Its log says where. Run it once again; if it ends so again, report it with the run's name. The file waits under its key."
    Catalog "Defect.Catalog"
        "The catalog is wrong, does not have what was asked for, or is not the same in all functions."
        "`rounds catalog check` finds mistakes. Deploy all functions from one build, then run it again."
    Payload "Defect.Payload"
        "What was asked for cannot be, as the sentence says; or a stage was given what it does not understand."
        "Ask for it as the sentence says. Where nobody asked, functions of two versions are deployed: deploy all from one build, and run it again."
    Database "Defect.Database"
        "PostgreSQL refused a statement, or is not verified to be the database that was meant."
        "42P01, 42703 or 42883: a table was changed by hand (docs/OPERATIONS.md), or a query of the catalog names a column that is not there: `rounds catalog check`. 42501: the user lacks a right. Not trusted: see to host, authority and date of its certificate. Then run it again."
    Storage "Defect.Storage"
        "S3 refused a request, the temp disk is full, or the archive gave back something else than was put there."
        "AccessDenied: see to the function's role and the key's policy. Temp disk: give the function more of it. Archive: see who else writes there. Then run it again."
    Secret "Defect.Secret"
        "A secret is not there, may not be read, or has another shape."
        "Fill it in as the sentence says; functions read it anew within five minutes. Then run it again."
    Render "Defect.Render"
        "A mail, workbook, CSV, Parquet file or page could not be made, or would have too many rows."
        "Narrow the query that the sentence names, or allow more (`REPORT_MAX_ROWS`). Then run it again."
    Mail "Defect.Mail"
        "Letters were refused, have no address, or nobody knows whether they went out."
        "`rounds deliveries --failed` names them. Mend the address or the service, then run it again: only these are sent."
    OutsideHours "Defect.OutsideHours"
        "A report was asked for outside of the hours at which its letters may go out."
        "Ask within them, or, for once, with `rounds report NAME --at-any-hour`."
    VendorRefused "Defect.VendorRefused"
        "The vendor refused a request, or ran a report into an error; the sentence says which."
        "Put the account, report, filter or password right there, then `rounds collect run --again`."
    VendorTimedOut "Defect.VendorTimedOut"
        "The vendor gave up running a report."
        "Ask at another hour, or narrow its filter; then `rounds collect run --again`."
    VendorAnswer "Defect.VendorAnswer"
        "The vendor's answer is too large, or about another run."
        "Narrow its filter, or ask again: `rounds collect run --again`."
}

names! {
    /// How an execution ends by its state machine's own word.
    End:
    DataMissing "Round.DataMissing"
        "Data that reports of the round need had not come by the deadline."
        "Drop the files, then run it again: only what is missing goes out."
    ReportsFailed "Round.ReportsFailed"
        "Reports of the round failed; the cause names each."
        "Mend each by its own name, then run it again: only what is missing goes out."
    CollectionFailed "Collect.ReportsFailed"
        "Reports of the vendor could not be collected; the cause names each."
        "`rounds collect status` lists them; mend each by its own name, then `rounds collect run --again`."
    CollectionTookTooLong "Collect.TookTooLong"
        "A report of the vendor was not ready in time (`CollectMinutes`), or others kept the vendor busy."
        "Ask again: `rounds collect run --again`."
    TablesFailed "CleanUp.TablesFailed"
        "Tables could not be cleaned up; nothing was deleted that is not archived."
        "Mend each by its own name, then run it again."
    NothingFound "Export.NothingFound"
        "Nothing is known about what was named."
        "See to its spelling; no alert was sent."
}

impl Name {
    /// What the state machine does about it.
    #[must_use]
    pub fn class(self) -> Class {
        match self.as_str().split('.').next() {
            Some("Retryable") => Class::Retryable,
            Some("Rejected") => Class::Rejected,
            _ => Class::Defect,
        }
    }
}

/// An error with a name. Its text is a sentence for people and holds no cell value.
pub trait Failure: std::error::Error {
    /// The name that the state machine matches.
    fn name(&self) -> Name;
}
