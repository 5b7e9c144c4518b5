-- The demo's last screen: what each domain's files of today came to, and its letters.
\set QUIET on
\pset border 0
\pset footer off
SET client_min_messages = warning;
SET TIME ZONE 'UTC';

WITH dropped AS (
    SELECT DISTINCT split_part(r.dataset, '.', 1) AS domain, d.bucket, d.key, d.version, r.batch
    FROM ops.drop d JOIN ops.reading r USING (bucket, key, version)
    WHERE d.dropped_at >= current_date
), files AS (
    SELECT domain, count(DISTINCT (bucket, key, version)) AS files FROM dropped GROUP BY domain
), rows AS (
    SELECT domain, sum(read) AS read, sum(loaded) AS loaded, sum(rejected) AS rejected,
           sum(superseded) AS superseded, sum(held) AS held
    FROM (SELECT DISTINCT domain, batch FROM dropped) batches JOIN ops.batch USING (batch)
    GROUP BY domain
), letters AS (
    SELECT split_part(report, '.', 1) AS domain, count(*) AS letters
    FROM ops.delivery WHERE status = 'sent' AND claimed_at >= current_date GROUP BY 1
)
SELECT domain AS "  domain", files, lpad(to_char(read, 'FM9,999,999'), 10) AS "    read =",
       lpad(to_char(loaded, 'FM9,999,999'), 10) AS "  loaded +", lpad(to_char(rejected, 'FM9,999,999'), 10) AS "rejected +",
       lpad(to_char(superseded, 'FM9,999,999'), 12) AS "superseded +", lpad(to_char(held, 'FM9,999,999'), 6) AS "  held",
       coalesce(letters, 0) AS letters
FROM files JOIN rows USING (domain) LEFT JOIN letters USING (domain)
ORDER BY domain;
