//! Failures have names, and the state machine acts on them.
//!
//! Each stage has one error enum that implements [`Failure`]; the name becomes the Lambda's error type, which Step
//! Functions compares with the `ErrorEquals` of its retries and catches.

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

macro_rules! names {
    ($($(#[doc = $doc:literal])+ $class:ident . $name:ident,)+) => {
        /// The name of a failure.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Name {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Name {
            /// Every name.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// What the state machine does about it.
            #[must_use]
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class),+ }
            }

            /// The name as the state machine matches it, `Class.Name`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => concat!(stringify!($class), ".", stringify!($name))),+ }
            }
        }
    };
}

names! {
    /// PostgreSQL does not answer.
    Retryable.DatabaseUnreachable,
    /// PostgreSQL gave up a lock, a deadlock or a connection slot.
    Retryable.DatabaseBusy,
    /// S3 answers with a server error or throttles.
    Retryable.StorageUnavailable,
    /// Secrets Manager does not answer.
    Retryable.SecretUnavailable,
    /// SES throttles.
    Retryable.MailThrottled,
    /// SES cannot be reached; nothing was sent.
    Retryable.MailUnavailable,
    /// There are more letters than one call can send; the next one goes on.
    Retryable.MailLeft,
    /// The vendor does not answer, or with a server error.
    Retryable.VendorUnavailable,
    /// The vendor's answer is none: not whole, or in words that nobody knows.
    Retryable.VendorUnclear,

    /// No dataset of the catalog has this key, name or header.
    Rejected.UnknownDataset,
    /// The file holds no row.
    Rejected.EmptyFile,
    /// The file needs a password.
    Rejected.PasswordProtected,
    /// The file is of a format that is not read.
    Rejected.UnsupportedFormat,
    /// The file is damaged.
    Rejected.CorruptFile,
    /// The file is larger than the deployment allows.
    Rejected.TooLarge,
    /// A column that the contract requires is not in the header, or not in the key.
    Rejected.MissingColumns,
    /// A column that the contract refuses is in the header.
    Rejected.UnknownColumns,
    /// Every row of a dataset breaks a rule; loading none would empty its table.
    Rejected.NoUsableRows,
    /// The object was deleted or overwritten before it was read.
    Rejected.ObjectGone,
    /// A mended workbook names no batch that the ledger has, or several.
    Rejected.UnknownBatch,

    /// A part of Rounds broke off for a reason of its own.
    Defect.Internal,
    /// The catalog is wrong, or does not fit what the payload names.
    Defect.Catalog,
    /// A payload or manifest is not what the stage understands.
    Defect.Payload,
    /// PostgreSQL refused a statement, or is not verified to be the database that was meant.
    Defect.Database,
    /// S3 refused a request.
    Defect.Storage,
    /// Secrets Manager refused a request, or the secret is not in RDS's format.
    Defect.Secret,
    /// A file could not be made.
    Defect.Render,
    /// SES refused a mail.
    Defect.Mail,
    /// A report was asked for outside of the hours at which its letters may go out.
    Defect.OutsideHours,
    /// The vendor refused a request, or ran a report into an error.
    Defect.VendorRefused,
    /// The vendor gave up running a report.
    Defect.VendorTimedOut,
    /// The vendor's answer is too large, or about another run.
    Defect.VendorAnswer,
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// An error with a name. Its text is a sentence for people and holds no cell value.
pub trait Failure: std::error::Error {
    /// The name that the state machine matches.
    fn name(&self) -> Name;
}
