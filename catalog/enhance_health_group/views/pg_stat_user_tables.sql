-- PostgreSQL's statistics of the tables of billing, under the schema's name before Rounds. Put the schema before
-- pg_catalog in search_path to see them under PostgreSQL's own name.
-- @relid The table's object identifier
-- @schemaname The schema's name before Rounds
-- @relname The table
-- @tablename The table
-- @seq_scan How often the table was read as a whole
-- @idx_scan How often it was read by an index
-- @n_tup_ins Rows inserted
-- @n_tup_upd Rows updated
-- @n_tup_del Rows deleted
-- @n_live_tup Rows there, estimated
-- @n_dead_tup Rows that are gone and still take room, estimated
-- @last_vacuum When the table was last vacuumed by hand
-- @last_autovacuum When it was last vacuumed by the server
-- @last_analyze When it was last analyzed by hand
-- @last_autoanalyze When it was last analyzed by the server
SELECT relid,
       'enhance_health_group'::name AS schemaname,
       relname,
       relname AS tablename,
       seq_scan,
       idx_scan,
       n_tup_ins,
       n_tup_upd,
       n_tup_del,
       n_live_tup,
       n_dead_tup,
       last_vacuum,
       last_autovacuum,
       last_analyze,
       last_autoanalyze
FROM pg_catalog.pg_stat_user_tables
WHERE schemaname = 'billing'
