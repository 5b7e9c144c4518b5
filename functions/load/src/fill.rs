//! Fills a dataset's table with a batch, from staging to the lake.

use rounds_shared::catalog::{Dataset, Missing};
use rounds_shared::database::DatabaseError;
use rounds_shared::fail_point;
use rounds_shared::payload::{Finding, Severity};
use rounds_shared::rule::Rule;
use rounds_shared::schema::{self, Link, links_from, links_to};
use tokio_postgres::types::ToSql;

use crate::account::Account;
use crate::binary::Fields;
use crate::curated::{self, Objects};
use crate::error::Error;
use crate::load::{Incoming, Load};
use crate::{copy, held, left_out, merge, placeholder, staging};

impl<S: Objects> Load<'_, S> {
    /// Makes the batch the dataset's content, or part of it, and completes its account. `behind`: newer drops were loaded
    /// before, whose rows stay. False: such rows have taken the place of all of the batch's.
    pub(crate) async fn fill(
        &self,
        incoming: &Incoming<'_>,
        account: &mut Account<'_>,
        behind: bool,
    ) -> Result<bool, Error> {
        if !incoming.is_usable(&account.counts) {
            return Err(self.no_usable_rows(incoming, account));
        }
        let filled = self.try_to_fill(incoming, account, behind).await;
        filled.map_err(|error| self.named(incoming, error))
    }

    async fn try_to_fill(
        &self,
        incoming: &Incoming<'_>,
        account: &mut Account<'_>,
        behind: bool,
    ) -> Result<bool, Error> {
        let Incoming { dataset, batch, staged, parts, .. } = incoming;
        let is_straight = !behind && self.takes_rows_as_they_are(dataset).await?;
        let columns = if is_straight {
            staging::deciding(self.catalog, dataset, parts.len())
        } else {
            staging::whole(dataset)
        };
        if !columns.is_empty() {
            self.stage(incoming, columns, account).await?;
        }
        let overtaken = if behind { self.leave_overtaken(incoming, account).await? } else { 0 };
        if !is_straight || !links_from(self.catalog, dataset).is_empty() {
            // Without statistics, the planner takes a temporary table for a small one.
            self.transaction.batch_execute(&format!("ANALYZE {staged}")).await?;
        }
        self.leave_unreferred(incoming, account).await?;
        if account.counts.read > 0 && account.counts.loaded + account.counts.held == 0 {
            return if overtaken > 0 { Ok(false) } else { Err(self.no_usable_rows(incoming, account)) };
        }
        if let Some(held) = schema::held::contract(dataset) {
            for statement in held::supersede(incoming, &held) {
                self.transaction.execute(&statement, &[batch]).await?;
            }
        }
        let lacking = self.lacking(incoming, account).await?;
        self.make_placeholders(dataset, staged).await?;
        if is_straight {
            self.copy_straight(incoming, account, &lacking).await?;
        } else {
            for statement in merge::merge(self.catalog, incoming) {
                self.transaction.execute(&statement, &[]).await?;
            }
        }
        fail_point("load.filled");
        self.tidy_placeholders(incoming, account).await?;
        self.put_to_lake(incoming, &lacking).await?;
        Ok(true)
    }

    /// Copies these columns of the batch's rows to its staging table, and leaves those rows out that lose to rows of another
    /// part.
    async fn stage(
        &self,
        incoming: &Incoming<'_>,
        columns: staging::Columns,
        account: &mut Account<'_>,
    ) -> Result<(), Error> {
        let Incoming { dataset, batch, parts, staged, .. } = incoming;
        self.transaction.batch_execute(&staging::create(staged, &columns)).await?;
        let fields = Fields { columns, part: true, left_out: Vec::new() };
        let objects = curated::objects(self.lake, parts);
        if copy::copy(self.transaction, staged, fields, objects).await? != account.counts.loaded {
            return Err(Error::disagreement(batch, "PostgreSQL counted other rows than its manifests"));
        }
        if parts.len() < 2 {
            return Ok(());
        }
        // As in a transform: a row that lost to another with its key takes no unique value away.
        if !dataset.key.is_empty() {
            let statement = left_out::superseded(dataset, staged);
            let superseded = self.notice(&Notice::SUPERSEDED, &statement, &[]).await?;
            account.leave_out(superseded, |counts| &mut counts.superseded);
        }
        for column in dataset.columns.iter().filter(|column| column.unique) {
            let notice = Notice::of(Rule::NotUnique, Some(&column.name), column.severity);
            let repeated = self.notice(&notice, &left_out::not_unique(column, staged), &[]).await?;
            match column.severity {
                Severity::Reject => {
                    account.leave_out(repeated, |counts| &mut counts.rejected);
                }
                Severity::Warn | Severity::Info => account.findings.extend(repeated),
            }
        }
        Ok(())
    }

    /// Leaves out rows whose place newer rows have taken; answers how many.
    async fn leave_overtaken(
        &self,
        incoming: &Incoming<'_>,
        account: &mut Account<'_>,
    ) -> Result<u64, Error> {
        let Incoming { dataset, staged, .. } = incoming;
        let drop = &self.request.drop;
        let mut overtaken = 0;
        for statement in left_out::overtaken(dataset, staged) {
            let place: [&(dyn ToSql + Sync); 3] = [&dataset.name, &drop.dropped_at, &drop.sequencer];
            let found = self.notice(&Notice::SUPERSEDED, &statement, &place).await?;
            overtaken += account.leave_out(found, |counts| &mut counts.superseded);
        }
        Ok(overtaken)
    }

    /// Leaves out rows that refer to rows which are not there, and must not: rejected ones, and ones that wait. As rows may
    /// refer to rows of their own table, leaving some out may leave others without what they refer to.
    async fn leave_unreferred(
        &self,
        incoming: &Incoming<'_>,
        account: &mut Account<'_>,
    ) -> Result<(), Error> {
        let Incoming { dataset, batch, staged, .. } = incoming;
        if let Some(held) = schema::held::contract(dataset) {
            self.transaction.execute(&held::forget(&held), &[batch]).await?;
        }
        let links = links_from(self.catalog, dataset);
        let (rejecting, holding): (Vec<&Link<'_>>, Vec<_>) =
            links.iter().filter(|link| link.needs_parent()).partition(|link| link.missing == Missing::Reject);
        let mut left = true;
        while left {
            left = false;
            for link in rejecting.iter().chain(&holding) {
                let severity = if link.missing == Missing::Hold { Severity::Warn } else { Severity::Reject };
                let notice = Notice::of(Rule::UnknownReference, Some(&link.column.name), severity);
                let statement = left_out::unreferred(link, staged);
                let found = self.notice(&notice, &statement, &[]).await?;
                let rows = match link.missing {
                    Missing::Hold => account.leave_out(found, |counts| &mut counts.held),
                    _ => account.leave_out(found, |counts| &mut counts.rejected),
                };
                left |= rows > 0 && links.iter().any(Link::is_own);
            }
        }
        Ok(())
    }

    /// Makes placeholders for what `rows`, a table, refer to.
    pub(crate) async fn make_placeholders(&self, dataset: &Dataset, rows: &str) -> Result<(), Error> {
        for link in links_from(self.catalog, dataset) {
            if link.missing == Missing::Placeholder {
                self.transaction.execute(&schema::placeholder::make(&link, rows), &[]).await?;
            }
        }
        Ok(())
    }

    /// Counts the rows that refer to placeholders, and sweeps those that nothing refers to any more.
    async fn tidy_placeholders(
        &self,
        incoming: &Incoming<'_>,
        account: &mut Account<'_>,
    ) -> Result<(), Error> {
        for link in links_from(self.catalog, incoming.dataset) {
            if link.missing == Missing::Placeholder {
                let notice = Notice::of(Rule::UnknownReference, Some(&link.column.name), Severity::Warn);
                let statement = placeholder::count(&link, &incoming.staged);
                account.findings.extend(self.notice(&notice, &statement, &[]).await?);
            }
            let sweep = placeholder::sweep(link.parent, &links_to(self.catalog, link.parent));
            self.transaction.execute(&sweep, &[]).await?;
        }
        Ok(())
    }

    /// The findings that a statement answers: for each part its sheet, a count and the first places.
    async fn notice(
        &self,
        notice: &Notice<'_>,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Finding>, Error> {
        let rows = self.transaction.query(statement, parameters).await?;
        let findings = rows.iter().map(|row| Finding {
            rule: notice.rule.to_string(),
            sheet: row.get(0),
            column: notice.column.map(str::to_owned),
            severity: notice.severity,
            count: row.get::<_, i64>(1).unsigned_abs(),
            at: row.get::<_, Vec<i64>>(2).into_iter().map(i64::unsigned_abs).collect(),
        });
        Ok(findings.collect())
    }

    fn no_usable_rows(&self, incoming: &Incoming<'_>, account: &Account<'_>) -> Error {
        let mut findings: Vec<&Finding> =
            account.findings.iter().filter(|finding| finding.severity == Severity::Reject).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.count));
        let reason = |finding: &&Finding| {
            let Finding { rule, column, count, .. } = finding;
            column.as_ref().map_or(format!("{count} {rule}"), |column| format!("{count} {rule} in {column}"))
        };
        Error::NoUsableRows {
            file: self.request.drop.file_name().to_owned(),
            dataset: incoming.dataset.name.clone(),
            read: account.counts.read,
            reasons: match findings.as_slice() {
                [] => "there are none".to_owned(),
                findings => findings.iter().take(3).map(reason).collect::<Vec<_>>().join(", "),
            },
        }
    }

    /// PostgreSQL refuses a row that is too large by this code; that is the file's fault.
    fn named(&self, incoming: &Incoming<'_>, error: Error) -> Error {
        const PROGRAM_LIMIT_EXCEEDED: &str = "54000";
        match error {
            Error::Database(DatabaseError::Refused { code, .. }) if code == PROGRAM_LIMIT_EXCEEDED => {
                Error::TooLarge {
                    file: self.request.drop.file_name().to_owned(),
                    dataset: incoming.dataset.name.clone(),
                }
            }
            error => error,
        }
    }
}

/// What the rows are noticed for that a statement finds.
struct Notice<'n> {
    rule: Rule,
    column: Option<&'n str>,
    severity: Severity,
}

impl<'n> Notice<'n> {
    const SUPERSEDED: Notice<'static> =
        Notice { rule: Rule::Superseded, column: None, severity: Severity::Info };

    fn of(rule: Rule, column: Option<&'n String>, severity: Severity) -> Self {
        Self { rule, column: column.map(String::as_str), severity }
    }
}
