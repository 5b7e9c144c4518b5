//! What becomes of one dataset's batch: its turn in the order of drops, an operator's word, and the account of it.

use rounds_shared::ledger::{self, Standing};
use rounds_shared::payload::{
    BatchCounts, Finding, IgnoredBecause, IgnoredSheet, LoadOutcome, LoadReceipt, LoadRef, Severity, Verdict,
};
use rounds_shared::rule::Rule;

use crate::account::{self, Account};
use crate::curated::Objects;
use crate::error::Error;
use crate::hold_back;
use crate::load::{Incoming, Load};
use crate::order::{self, Turn};

impl<S: Objects> Load<'_, S> {
    /// Decides about one dataset's batch and does what was decided.
    ///
    /// An operator's word counts while the batch is held back, and at no other time.
    pub(crate) async fn settle(&self, incoming: &Incoming<'_>) -> Result<LoadReceipt, Error> {
        let Incoming { dataset, scope, batch, .. } = incoming;
        let (transaction, drop) = (self.transaction, &self.request.drop);
        let status = account::status(transaction, batch).await?;
        let held_back = status.as_deref() == Some("held_back");
        let word = self.request.decision.as_ref().filter(|word| held_back && word.batch == *batch);
        let verdict = word.map(|word| word.verdict);
        let account = self.account_of(incoming, verdict.is_some());
        if status.as_deref() == Some("discarded") || verdict == Some(Verdict::Discard) {
            return self.discard(incoming, account).await;
        }
        let standing = ledger::standing(transaction, &dataset.name, scope.unwrap_or_default()).await?;
        let loaded_before = ledger::made_by(transaction, drop, &dataset.name, batch).await?;
        let turn = order::decide(dataset.is_replaced_whole(), drop, batch, standing.as_ref(), loaded_before);
        let behind = match turn {
            Turn::Stands(load) => {
                ledger::confirm(transaction, drop, load.load).await?;
                return account::receipt(transaction, batch, load, LoadOutcome::AlreadyLoaded).await;
            }
            Turn::LoadedBefore(load) => {
                return account::receipt(transaction, batch, load, LoadOutcome::AlreadyLoaded).await;
            }
            Turn::Overtaken(load) => return self.overtaken(incoming, account, load).await,
            Turn::LoadBehind(load) => Some(load),
            Turn::Load => None,
        };
        // Older content dropped anew is a wish to go back: it was loaded before.
        let is_known = verdict.is_some() || status.as_deref() == Some("loaded");
        if !is_known && incoming.is_usable(&account.counts) {
            let reasons = self.doubts(incoming, &account, standing.as_ref()).await?;
            if !reasons.is_empty() {
                return self.hold_back(incoming, account, reasons).await;
            }
        }
        self.load(incoming, account, standing.as_ref(), behind).await
    }

    /// What speaks against loading the batch before an operator has seen it.
    async fn doubts(
        &self,
        incoming: &Incoming<'_>,
        account: &Account<'_>,
        standing: Option<&Standing>,
    ) -> Result<Vec<Finding>, Error> {
        let before = match standing {
            Some(standing) => account::rows_read(self.transaction, &standing.load.batch).await?,
            None => None,
        };
        Ok(hold_back::reasons(&incoming.dataset.hold_back, &account.counts, before))
    }

    /// Loads the batch, `behind` a newer load or as what stands from now on.
    async fn load(
        &self,
        incoming: &Incoming<'_>,
        mut account: Account<'_>,
        standing: Option<&Standing>,
        behind: Option<LoadRef>,
    ) -> Result<LoadReceipt, Error> {
        let Incoming { dataset, batch, .. } = incoming;
        let (transaction, drop) = (self.transaction, &self.request.drop);
        let stands = self.fill(incoming, &mut account, behind.is_some()).await?;
        let place = match behind {
            Some(load) if !stands => {
                let account = self.account_of(incoming, account.decided);
                return self.overtaken(incoming, account, load).await;
            }
            Some(_) => (drop.dropped_at, drop.sequencer.clone()),
            None => order::place_taken(drop, standing),
        };
        account::batch(transaction, incoming, LoadOutcome::Loaded, &account).await?;
        let load = account::load(transaction, dataset, batch, drop, place).await?;
        // Last, as rows of this very batch may be among those that need not wait any longer.
        self.release(dataset).await?;
        account::receipt(transaction, batch, load, LoadOutcome::Loaded).await
    }

    async fn overtaken(
        &self,
        incoming: &Incoming<'_>,
        mut account: Account<'_>,
        by: LoadRef,
    ) -> Result<LoadReceipt, Error> {
        account.counts.superseded += std::mem::take(&mut account.counts.loaded);
        let outcome = LoadOutcome::Overtaken;
        account::batch(self.transaction, incoming, outcome, &account).await?;
        account::receipt(self.transaction, &incoming.batch, by, outcome).await
    }

    async fn hold_back(
        &self,
        incoming: &Incoming<'_>,
        mut account: Account<'_>,
        reasons: Vec<Finding>,
    ) -> Result<LoadReceipt, Error> {
        account.counts.held += std::mem::take(&mut account.counts.loaded);
        account.findings.extend(reasons);
        self.unloaded(incoming, account, LoadOutcome::HeldBack).await
    }

    /// The rows that an operator does not want count as rejected.
    async fn discard(&self, incoming: &Incoming<'_>, mut account: Account<'_>) -> Result<LoadReceipt, Error> {
        let count = std::mem::take(&mut account.counts.loaded);
        account.counts.rejected += count;
        account.findings.push(Finding {
            rule: Rule::Discarded.to_string(),
            sheet: None,
            column: None,
            severity: Severity::Reject,
            count,
            at: Vec::new(),
        });
        self.unloaded(incoming, account, LoadOutcome::Discarded).await
    }

    /// The receipt of a batch that made no load names itself, with the number 0.
    async fn unloaded(
        &self,
        incoming: &Incoming<'_>,
        account: Account<'_>,
        outcome: LoadOutcome,
    ) -> Result<LoadReceipt, Error> {
        let Incoming { dataset, batch, .. } = incoming;
        account::batch(self.transaction, incoming, outcome, &account).await?;
        let load = LoadRef { dataset: dataset.name.clone(), batch: batch.clone(), load: 0 };
        account::receipt(self.transaction, batch, load, outcome).await
    }

    /// The batch's rows and findings as the transforms counted them, and the sheets that nobody read; rows that the
    /// transforms kept count as loaded.
    fn account_of(&self, incoming: &Incoming<'_>, decided: bool) -> Account<'_> {
        let mut counts = BatchCounts::default();
        for part in &incoming.parts {
            counts.read += part.counts.read;
            counts.loaded += part.counts.kept;
            counts.rejected += part.counts.rejected;
            counts.superseded += part.counts.superseded;
        }
        let noticed = incoming.parts.iter().flat_map(|part| part.findings.iter().cloned());
        let ignored = self.request.file.ignored.iter().map(unread);
        Account { file: &self.request.file, counts, findings: noticed.chain(ignored).collect(), decided }
    }
}

/// The finding of a sheet that nobody read; its rule is named like the reason.
fn unread(sheet: &IgnoredSheet) -> Finding {
    let rule = match sheet.reason {
        IgnoredBecause::HiddenSheet => Rule::HiddenSheet,
        IgnoredBecause::LaterSheet => Rule::LaterSheet,
        IgnoredBecause::UnknownSheet => Rule::UnknownSheet,
        IgnoredBecause::EmptySheet => Rule::EmptySheet,
        IgnoredBecause::UnreadMember => Rule::UnreadMember,
    };
    Finding {
        rule: rule.to_string(),
        sheet: Some(sheet.name.clone()),
        column: None,
        severity: Severity::Info,
        count: 1,
        at: Vec::new(),
    }
}
