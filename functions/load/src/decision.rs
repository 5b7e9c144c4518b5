//! An operator's word on a batch that its file is not read as any more, because the contract was changed meanwhile.
//!
//! The word is about the batch that the operator has seen. A discarded one is closed, and nothing is loaded in its place; an
//! accepted one is closed too, and the file is judged anew under the contract of today.

use rounds_shared::payload::{LoadOutcome, LoadReceipt, LoadRef, Verdict};
use rounds_shared::rule::Rule;

use crate::account;
use crate::curated::Objects;
use crate::error::Error;
use crate::load::{Incoming, Load};

/// What becomes of the run.
pub(crate) enum Word {
    /// It goes on.
    GoOn,
    /// It ends here: the batch is discarded.
    End(LoadReceipt),
}

impl<S: Objects> Load<'_, S> {
    /// Hears an operator's word on another batch than the file has now. One on a batch that is not held back changes nothing.
    pub(crate) async fn hear(&self, incoming: &[Incoming<'_>]) -> Result<Word, Error> {
        let decision = self.request.decision.as_ref();
        let Some(decision) = decision.filter(|word| incoming.iter().all(|now| now.batch != word.batch))
        else {
            return Ok(Word::GoOn);
        };
        let close = "
            WITH held_back AS (SELECT * FROM ops.batch WHERE batch = $1 AND status = 'held_back' FOR UPDATE),
            noted AS (
                INSERT INTO ops.finding (batch, rule, severity, count, at)
                SELECT batch, $3, 'reject', held, '{}' FROM held_back WHERE $2
            )
            UPDATE ops.batch b
            SET status = CASE WHEN $2 THEN 'discarded' ELSE 'overtaken' END, held = 0, decided_at = now(),
                rejected = b.rejected + CASE WHEN $2 THEN b.held ELSE 0 END,
                superseded = b.superseded + CASE WHEN $2 THEN 0 ELSE b.held END
            FROM held_back WHERE b.batch = held_back.batch";
        let discards = decision.verdict == Verdict::Discard;
        let batch = decision.batch.clone();
        self.transaction.execute(close, &[&batch, &discards, &Rule::Discarded.as_str()]).await?;
        if !discards {
            return Ok(Word::GoOn);
        }
        let dataset = "SELECT dataset FROM ops.batch WHERE batch = $1";
        let Some(row) = self.transaction.query_opt(dataset, &[&batch]).await? else {
            return Err(Error::disagreement(
                &batch,
                "an operator discards it, and the ledger does not know it",
            ));
        };
        let load = LoadRef { dataset: row.get(0), batch: batch.clone(), load: 0 };
        Ok(Word::End(account::receipt(self.transaction, &batch, load, LoadOutcome::Discarded).await?))
    }
}
