-- The ledger: what was dropped, what became of it, what was sent. Rounds applies this file under a lock whenever it has
-- changed; every statement in it may run any number of times, so that a changed table is an ALTER TABLE … IF NOT EXISTS
-- at the end of its paragraph.

CREATE SCHEMA IF NOT EXISTS ops;
COMMENT ON SCHEMA ops IS 'Rounds'' ledger: drops, batches, loads, findings and deliveries; never a cell''s value';

CREATE TABLE IF NOT EXISTS ops.schema_change (
    change     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject    text NOT NULL CHECK (subject IN ('ledger', 'catalog')),
    version    text NOT NULL,
    changes    text[] NOT NULL DEFAULT '{}',
    views      text[] NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE ops.schema_change
    ADD COLUMN IF NOT EXISTS functions jsonb NOT NULL DEFAULT '{}';
COMMENT ON TABLE ops.schema_change IS
    'Versions of the ledger and of the catalog that this database was brought to, with the statements that changed '
    'tables, the views that the version has, and the statements that made its functions, by name';

CREATE TABLE IF NOT EXISTS ops.drop (
    bucket     text NOT NULL,
    key        text NOT NULL,
    version    text NOT NULL,
    dropped_at timestamptz NOT NULL,
    sequencer  text COLLATE "C" NOT NULL,
    bytes      bigint,
    sha256     text,
    status     text NOT NULL,
    error      text,
    cause      text,
    seen_at    timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    PRIMARY KEY (bucket, key, version)
);
ALTER TABLE ops.drop
    DROP CONSTRAINT IF EXISTS drop_status_check,
    ADD CONSTRAINT drop_status_check CHECK (status IN
        ('seen', 'loaded', 'already_loaded', 'overtaken', 'held_back', 'discarded', 'quarantined', 'failed')),
    ADD COLUMN IF NOT EXISTS etag text,
    ADD COLUMN IF NOT EXISTS format text,
    ADD COLUMN IF NOT EXISTS kept text;
CREATE INDEX IF NOT EXISTS drop_dropped_at ON ops.drop (dropped_at DESC);
CREATE INDEX IF NOT EXISTS drop_key ON ops.drop (key);
COMMENT ON COLUMN ops.drop.etag IS 'Entity tag of the content, by which a refused file has its folder in quarantine/';
COMMENT ON COLUMN ops.drop.kept IS
    'Where a refused file is: aside, or, too large to be copied, where it was dropped; null where it was gone before';
COMMENT ON TABLE ops.drop IS
    'One row per file version dropped: what happened to it, and the error by name where it could not be loaded';

CREATE TABLE IF NOT EXISTS ops.reading (
    bucket  text NOT NULL,
    key     text NOT NULL,
    version text NOT NULL,
    batch   text NOT NULL,
    dataset text NOT NULL,
    PRIMARY KEY (batch, bucket, key, version),
    FOREIGN KEY (bucket, key, version) REFERENCES ops.drop
);
CREATE INDEX IF NOT EXISTS reading_drop ON ops.reading (bucket, key, version);
COMMENT ON TABLE ops.reading IS
    'The batches that each drop was read as, whatever became of them: many drops may bring one content, and one file may '
    'hold several datasets';

CREATE TABLE IF NOT EXISTS ops.batch (
    batch      text PRIMARY KEY,
    dataset    text NOT NULL,
    contract   text NOT NULL,
    read       bigint NOT NULL CHECK (read >= 0),
    loaded     bigint NOT NULL CHECK (loaded >= 0),
    rejected   bigint NOT NULL CHECK (rejected >= 0),
    superseded bigint NOT NULL CHECK (superseded >= 0),
    held       bigint NOT NULL CHECK (held >= 0),
    status     text NOT NULL,
    settled_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT every_row_is_accounted_for CHECK (read = loaded + rejected + superseded + held)
);
ALTER TABLE ops.batch
    DROP CONSTRAINT IF EXISTS batch_status_check,
    ADD CONSTRAINT batch_status_check CHECK (status IN ('loaded', 'overtaken', 'held_back', 'discarded')),
    ADD COLUMN IF NOT EXISTS replay_of text REFERENCES ops.batch,
    ADD COLUMN IF NOT EXISTS mends jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN IF NOT EXISTS decided_at timestamptz,
    ADD COLUMN IF NOT EXISTS sha256 text,
    ADD COLUMN IF NOT EXISTS scope text NOT NULL DEFAULT '';
COMMENT ON COLUMN ops.batch.scope IS
    'Of a dataset that is replaced per value of a column from the key: that value, whose content the batch is';
COMMENT ON COLUMN ops.batch.sha256 IS 'Content of the file, without what was mended in it';
COMMENT ON COLUMN ops.batch.replay_of IS
    'The first batch of the same file, where this one is a replay under a changed contract or with mended rows';
COMMENT ON COLUMN ops.batch.mends IS 'The drops of the mended workbooks that this batch was read with, in order';
COMMENT ON COLUMN ops.batch.decided_at IS 'When an operator accepted or discarded it, where it was held back';
CREATE INDEX IF NOT EXISTS batch_dataset ON ops.batch (dataset, settled_at DESC);
CREATE INDEX IF NOT EXISTS batch_scope ON ops.batch (dataset, scope);
COMMENT ON TABLE ops.batch IS
    'One row per content under one version of its contract, with an account of every row read. The rows of a batch '
    'that only ever arrived late (overtaken) count as superseded: a newer file had taken their place';

CREATE TABLE IF NOT EXISTS ops.load (
    load       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset    text NOT NULL,
    batch      text NOT NULL REFERENCES ops.batch,
    bucket     text NOT NULL,
    key        text NOT NULL,
    version    text NOT NULL,
    dropped_at timestamptz NOT NULL,
    sequencer  text COLLATE "C" NOT NULL,
    loaded_at  timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (bucket, key, version) REFERENCES ops.drop
);
CREATE INDEX IF NOT EXISTS load_dataset ON ops.load (dataset, load DESC);
CREATE INDEX IF NOT EXISTS load_batch ON ops.load (batch);
CREATE INDEX IF NOT EXISTS load_drop ON ops.load (bucket, key, version);
COMMENT ON TABLE ops.load IS
    'One row per batch that became a dataset''s content; the latest load, of each scope where there are any, is what the '
    'table holds';
COMMENT ON COLUMN ops.load.dropped_at IS
    'The place in the order of drops that this content holds: moves on when the same content is dropped again while it '
    'still stands, so that a late older drop does not take its place';

CREATE TABLE IF NOT EXISTS ops.finding (
    batch       text NOT NULL REFERENCES ops.batch,
    rule        text NOT NULL,
    column_name text,
    severity    text NOT NULL CHECK (severity IN ('reject', 'warn', 'info')),
    count       bigint NOT NULL CHECK (count >= 0),
    at          bigint[] NOT NULL
);
ALTER TABLE ops.finding
    ADD COLUMN IF NOT EXISTS sheet text,
    DROP CONSTRAINT IF EXISTS finding_batch_rule_column_name_severity_key;
CREATE UNIQUE INDEX IF NOT EXISTS finding_once ON ops.finding (batch, sheet, rule, column_name, severity)
    NULLS NOT DISTINCT;
COMMENT ON TABLE ops.finding IS 'What was noticed in a batch: rule, column, how often, and the first rows; never a value';

CREATE TABLE IF NOT EXISTS ops.delivery (
    delivery_id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    report              text NOT NULL,
    period              text NOT NULL,
    recipient           text NOT NULL,
    as_of               date NOT NULL,
    status              text NOT NULL,
    provider_message_id text,
    error               text,
    claimed_at          timestamptz NOT NULL DEFAULT now(),
    settled_at          timestamptz
);
ALTER TABLE ops.delivery
    DROP CONSTRAINT IF EXISTS delivery_status_check,
    ADD CONSTRAINT delivery_status_check CHECK (status IN
        ('claimed', 'sent', 'failed', 'uncertain', 'bounced', 'complained', 'suppressed')),
    DROP CONSTRAINT IF EXISTS delivery_report_period_recipient_key,
    ADD COLUMN IF NOT EXISTS channel text NOT NULL DEFAULT 'email',
    ADD COLUMN IF NOT EXISTS item text NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS copy text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX IF NOT EXISTS delivery_once ON ops.delivery (report, period, item, recipient, copy);
CREATE INDEX IF NOT EXISTS delivery_claimed_at ON ops.delivery (claimed_at DESC);
CREATE INDEX IF NOT EXISTS delivery_unsettled ON ops.delivery (status) WHERE status IN ('claimed', 'uncertain');
COMMENT ON TABLE ops.delivery IS
    'One row per letter: claimed before it is sent and settled after, so that no report goes out twice to one recipient';
COMMENT ON COLUMN ops.delivery.delivery_id IS
    'Of one attempt: a delivery that failed and is sent again gets a new one, so that late news of the first do not count';
COMMENT ON COLUMN ops.delivery.item IS
    'Which letter of a report that makes several: a digest of the row or group that it is about';
COMMENT ON COLUMN ops.delivery.copy IS 'The request of an operator to send it once more; empty for the first';

CREATE TABLE IF NOT EXISTS ops.delivered_row (
    delivery_id uuid NOT NULL REFERENCES ops.delivery ON DELETE CASCADE,
    row_key     text NOT NULL,
    PRIMARY KEY (row_key, delivery_id)
);
CREATE INDEX IF NOT EXISTS delivered_row_delivery ON ops.delivered_row (delivery_id);
COMMENT ON TABLE ops.delivered_row IS
    'The rows of each letter of a report with once_per, as digests of what identifies them: '
    'encode(sha256(convert_to(concat_ws(E''\x1f'', …), ''UTF8'')), ''hex'')';

CREATE TABLE IF NOT EXISTS ops.suppression (
    address text PRIMARY KEY,
    reason  text NOT NULL CHECK (reason IN ('bounced', 'complained')),
    since   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ops.suppression IS
    'Addresses that mails bounce from, or whose owner complained: nothing is sent there. Delete the row to try again';

CREATE TABLE IF NOT EXISTS ops.report_run (
    report       text NOT NULL,
    period       text NOT NULL,
    item         text NOT NULL DEFAULT '',
    as_of        date NOT NULL,
    rows         bigint NOT NULL CHECK (rows >= 0),
    figures      jsonb NOT NULL DEFAULT '[]',
    milliseconds bigint NOT NULL CHECK (milliseconds >= 0),
    rendered_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (report, period, item)
);
CREATE INDEX IF NOT EXISTS report_run_as_of ON ops.report_run (report, item, as_of DESC);
COMMENT ON TABLE ops.report_run IS
    'One row per report and period: how many rows it had, its headline''s numbers, and how long it took to make';

CREATE TABLE IF NOT EXISTS ops.collection (
    account       text NOT NULL,
    report        text NOT NULL,
    as_of         date NOT NULL,
    again         text NOT NULL DEFAULT '',
    identifier    text,
    status        text NOT NULL
        CHECK (status IN ('requested', 'running', 'ready', 'fetched', 'empty', 'failed')),
    in_doubt      boolean NOT NULL DEFAULT false,
    empty_answers integer NOT NULL DEFAULT 0,
    requested_at  timestamptz NOT NULL DEFAULT now(),
    ready_at      timestamptz,
    fetched_at    timestamptz,
    bucket        text,
    key           text,
    error         text,
    PRIMARY KEY (account, report, as_of, again)
);
ALTER TABLE ops.collection
    ADD COLUMN IF NOT EXISTS unclear_answers integer NOT NULL DEFAULT 0;
CREATE INDEX IF NOT EXISTS collection_as_of ON ops.collection (as_of DESC, requested_at DESC);
CREATE UNIQUE INDEX IF NOT EXISTS collection_run ON ops.collection (identifier);
COMMENT ON TABLE ops.collection IS
    'One row per report that a vendor was asked for: account, day, and how far it came. Written before the vendor is asked';
COMMENT ON COLUMN ops.collection.identifier IS 'The vendor''s name for its run, which is of one request only';
COMMENT ON COLUMN ops.collection.in_doubt IS
    'The vendor was asked at requested_at and not heard: for as long as a report can run, it may be running this one';
COMMENT ON COLUMN ops.collection.unclear_answers IS
    'How often in a row the vendor, asked to run it, said that it failed, or nothing that can be understood';
COMMENT ON COLUMN ops.collection.again IS 'The wish of an operator to ask again on the same day; empty for the first';
COMMENT ON COLUMN ops.collection.empty_answers IS 'How often the vendor said that it had succeeded, and sent nothing';
COMMENT ON COLUMN ops.collection.key IS 'The dropped file';

CREATE TABLE IF NOT EXISTS ops.archive (
    object      text PRIMARY KEY,
    dataset     text NOT NULL,
    as_of       date NOT NULL,
    before      date NOT NULL,
    rows        bigint NOT NULL,
    deleted     bigint NOT NULL CHECK (deleted BETWEEN 0 AND rows),
    referenced  bigint NOT NULL CHECK (referenced >= 0),
    archived_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS archive_dataset ON ops.archive (dataset, as_of DESC);
COMMENT ON TABLE ops.archive IS
    'One row per object of the archive, written in the transaction that deleted its rows from their table';
COMMENT ON COLUMN ops.archive.object IS 'Key in the lake bucket';
COMMENT ON COLUMN ops.archive.as_of IS 'The day from which ages were counted';
COMMENT ON COLUMN ops.archive.before IS 'Rows of earlier days were old enough';
COMMENT ON COLUMN ops.archive.deleted IS
    'Rows of the object that went from the table; the others had changed after they were archived, and stay there';
COMMENT ON COLUMN ops.archive.referenced IS
    'How many rows were old enough then and stay, as rows of other tables refer to them';

CREATE OR REPLACE VIEW ops.clean_up AS
SELECT dataset, as_of, min(before) AS before, count(*) AS objects, sum(rows)::bigint AS archived,
       sum(deleted)::bigint AS deleted, (array_agg(referenced ORDER BY archived_at DESC))[1] AS referenced,
       max(archived_at) AS archived_at
FROM ops.archive
GROUP BY dataset, as_of
ORDER BY as_of DESC, dataset;
COMMENT ON VIEW ops.clean_up IS 'What each clean-up archived and deleted, the latest first';

-- A drop's end is the pipeline's to tell, so that what was collected is looked up there.
CREATE OR REPLACE VIEW ops.collected AS
SELECT c.account, c.report, c.as_of, c.again, c.identifier,
       CASE
           WHEN d.status IN ('quarantined', 'failed', 'discarded') THEN 'failed'
           WHEN c.status = 'fetched' AND d.status IN ('loaded', 'already_loaded') THEN 'loaded'
           ELSE c.status
       END AS status,
       c.requested_at, c.ready_at, c.fetched_at,
       CASE WHEN c.status = 'empty' THEN 0 ELSE b.loaded END::bigint AS rows,
       CASE d.status
           WHEN 'held_back' THEN 'held back: rounds explain ' || c.key
           WHEN 'overtaken' THEN 'overtaken: a newer file had taken its place'
           WHEN 'discarded' THEN 'discarded by an operator'
           ELSE coalesce(
               c.error,
               nullif(concat_ws(': ', d.error, d.cause), ''),
               CASE WHEN c.status IN ('requested', 'running', 'ready') AND l.is_overtaken
                    THEN 'left: a later one was collected' END
           )
       END AS error,
       c.bucket, c.key, l.is_overtaken
FROM ops.collection c
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM ops.collection later
        WHERE (later.account, later.report) = (c.account, c.report)
          AND (later.as_of, later.requested_at) > (c.as_of, c.requested_at)
          AND later.status IN ('fetched', 'empty')
    ) AS is_overtaken
) l
LEFT JOIN LATERAL (
    SELECT d.* FROM ops.drop d
    WHERE d.bucket = c.bucket AND d.key = c.key ORDER BY d.dropped_at DESC, d.seen_at DESC LIMIT 1
) d ON true
LEFT JOIN LATERAL (
    SELECT sum(latest.loaded) AS loaded
    FROM (
        -- A replay is a reading more of the same rows.
        SELECT DISTINCT ON (b.dataset) b.loaded
        FROM ops.reading r JOIN ops.batch b USING (batch)
        WHERE (r.bucket, r.key, r.version) = (d.bucket, d.key, d.version)
        ORDER BY b.dataset, b.settled_at DESC
    ) latest
) b ON true;
COMMENT ON VIEW ops.collected IS 'What became of each report that a vendor was asked for, down to its table';
COMMENT ON COLUMN ops.collected.is_overtaken IS
    'Whether a later request of the account and report was collected, whose rows it must not take the place of';

CREATE OR REPLACE FUNCTION ops.as_of() RETURNS date
LANGUAGE sql STABLE
RETURN coalesce(nullif(current_setting('rounds.as_of', true), '')::date, current_date);
COMMENT ON FUNCTION ops.as_of IS
    'The day that views speak of: the session''s setting rounds.as_of, or today in the session''s time zone';

CREATE OR REPLACE VIEW ops.run AS
SELECT d.dropped_at, d.bucket, d.key, d.version, d.status, l.load, l.dataset, l.batch,
       b.read, b.loaded, b.rejected, b.superseded, b.held, d.error, d.cause, d.seen_at, l.loaded_at
FROM ops.drop d
LEFT JOIN ops.load l USING (bucket, key, version)
LEFT JOIN ops.batch b USING (batch)
ORDER BY d.dropped_at DESC, l.load DESC;
COMMENT ON VIEW ops.run IS 'What happened to each file, the latest first; one row per load that it made';

CREATE OR REPLACE VIEW ops.freshness AS
SELECT *, dropped_at >= max(dropped_at) OVER of_dataset - interval '31 days'
          AND (scope <> '' OR max(scope) OVER of_dataset = '') AS is_current
FROM (
    SELECT DISTINCT ON (l.dataset, b.scope)
           l.dataset, l.load, l.batch, b.loaded AS rows, l.dropped_at, l.loaded_at, l.key, b.scope
    FROM ops.load l
    JOIN ops.batch b USING (batch)
    ORDER BY l.dataset, b.scope, l.load DESC
) standing
WINDOW of_dataset AS (PARTITION BY dataset)
ORDER BY dataset, scope;
COMMENT ON VIEW ops.freshness IS
    'The load that each dataset''s table holds, of each scope where there are any: when its file was dropped and loaded';
COMMENT ON COLUMN ops.freshness.is_current IS
    'False for a scope that is kept no longer: others were dropped more than 31 days later, or its dataset had no scopes then';
CREATE OR REPLACE VIEW ops.quality_trend AS
SELECT b.dataset, b.settled_at, b.batch, b.read, b.loaded, b.rejected, b.superseded, b.held,
       round(b.rejected::numeric / nullif(b.read, 0), 4) AS rejected_share,
       coalesce(f.warnings, 0) AS warnings
FROM ops.batch b
LEFT JOIN (
    SELECT batch, sum(count) AS warnings FROM ops.finding WHERE severity = 'warn' GROUP BY batch
) f USING (batch)
WHERE b.status = 'loaded'
ORDER BY b.dataset, b.settled_at;
COMMENT ON VIEW ops.quality_trend IS 'Rejected share and warnings of each batch in the order in which they came';
