//! What passes between the stages: pointers and counts, never a cell's value.
//!
//! These are the JSON shapes of the state machine's payloads; the definitions in `statemachine/` read the same names.

mod clean_up;
mod collect;
mod counts;
mod event;
mod export;
mod file;
mod ingest;
mod load;
mod mail_event;
mod report;
mod story;
mod transform;

pub use clean_up::{CleanUpOrder, CleanUpPlan, CleanUpReceipt, CleanUpRequest, CleanUpTask};
pub use collect::{CollectRequest, CollectResponse, CollectStatus, CollectStory, Order, Request};
pub use counts::{BatchCounts, Finding, LoadRef, PartCounts, Severity};
pub use event::{BucketName, Drop, ObjectCreated, ObjectCreatedDetail, ObjectFacts, file_name};
pub use export::{Export, Exported, Notice, Parameters};
pub use file::{Cut, FileFacts, Format, IgnoredBecause, IgnoredSheet, Mend, Part, Quoting, place};
pub use ingest::{IngestRequest, IngestResponse, SettledStatus};
pub use load::{
    Decision, LoadAnswer, LoadCall, LoadOutcome, LoadReceipt, LoadRequest, LoadResponse, Verdict,
};
pub use mail_event::{Bounce, MailEvent, MailEventDetail, MailRef};
pub use report::{
    DeliveryStory, Due, Missing, Plan, Ready, ReportReceipt, ReportRequest, ReportResponse, Round,
    Settlement, Standing, Uncertain, Waiting, is_delivery_id,
};
pub use story::{BatchStatus, BatchStory, DropStory, LoadStory, Story};
pub use transform::{TransformRequest, TransformResponse};
