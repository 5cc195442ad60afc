-- Row-level security for alerts and their way to people.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['notification_targets', 'deliveries', 'alert_states'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_company ON %I TO syncline_app USING (company_id = current_company()) WITH CHECK (company_id = current_company())', name);
    EXECUTE format('CREATE POLICY system ON %I TO syncline_system USING (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO syncline_app', name);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO syncline_app;
--> statement-breakpoint
GRANT SELECT ON alert_states TO syncline_system;
--> statement-breakpoint
GRANT SELECT (id, enabled, wait_until) ON notification_targets TO syncline_system;
--> statement-breakpoint
GRANT SELECT (company_id, target_id, state, next_attempt_at) ON deliveries TO syncline_system;
--> statement-breakpoint
GRANT SELECT (connection_id) ON conflicts TO syncline_system;
--> statement-breakpoint
GRANT SELECT (connection_id, kind, waits_until) ON plans TO syncline_system;
--> statement-breakpoint
GRANT CREATE ON SCHEMA public TO syncline_system;
--> statement-breakpoint

-- How far apart a schedule's runs are, at most; null where that cannot be said.
CREATE FUNCTION cadence_ms(cadence jsonb) RETURNS float8
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public AS $$
  SELECT CASE
    WHEN cadence ? 'everyMinutes' THEN (cadence->>'everyMinutes')::float8 * 60000
    WHEN cadence ? 'everyHours' THEN (cadence->>'everyHours')::float8 * 3600000
    WHEN cadence ? 'dailyAt' THEN 86400000 END;
$$;
--> statement-breakpoint

-- All that decides what people are told of a connection. Business data is looked at by its schedules,
-- a calendar by its polls.
CREATE VIEW alert_facts WITH (security_invoker = true) AS
SELECT c.company_id, c.id AS connection_id, c.provider,
  c.disconnected_at IS NOT NULL OR NOT c.enabled OR c.grant_state = 'pending' OR c.settings = '{}'::jsonb AS resting,
  c.grant_state, c.last_error_code, c.last_error, c.last_error_at, c.last_complete_pass_at AS passed_at,
  c.calendar_id IS NULL AS is_records,
  CASE WHEN c.calendar_id IS NULL THEN s.every_ms ELSE c.poll_interval_ms END AS every_ms,
  c.freshness_target_ms AS target_ms,
  a.condition AS told, a.since AS told_since, a.resting AS told_resting, a.watched_from,
  c.wait_until, c.wait_reason,
  CASE WHEN c.calendar_id IS NULL THEN s.next_run_at ELSE c.next_poll_at END AS next_at,
  coalesce(r.rung > r.served, false) AS rung, r.running_session IS NOT NULL AS running,
  c.watchable, EXISTS (SELECT FROM channels h WHERE h.connection_id = c.id AND h.state = 'open' AND h.expires_at > now()) AS has_channel,
  EXISTS (SELECT FROM writes w WHERE w.connection_id = c.id AND w.state = 'failed') AS failed_writes,
  EXISTS (SELECT FROM plans p WHERE p.company_id = c.company_id AND p.connection_id = c.id
    AND (p.state = 'held' OR (p.state = 'ready' AND p.kind = 'preview' AND p.waits_until IS NULL))) AS held,
  EXISTS (SELECT FROM conflicts k WHERE k.company_id = c.company_id AND k.state = 'open' AND k.connection_id = c.id) AS undecided
FROM connections c
  LEFT JOIN rings r ON r.connection_id = c.id
  LEFT JOIN alert_states a ON a.connection_id = c.id
  CROSS JOIN LATERAL (SELECT min(cadence_ms(h.cadence)) AS every_ms, min(h.next_run_at) AS next_run_at
    FROM schedules h WHERE h.connection_id = c.id AND h.enabled) s;
--> statement-breakpoint
GRANT SELECT ON alert_facts TO syncline_app, syncline_system;
--> statement-breakpoint

-- Connections of which people have to be told something else than they were: ids only. It is the table
-- of sync/alert.ts, which decides once more; a test holds both against each other.
CREATE FUNCTION find_alerts(p_usual jsonb, p_tick_ms float8, p_limit integer) RETURNS TABLE (company_id uuid, connection_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT f.company_id, f.connection_id
  FROM (SELECT g.*, coalesce(g.told, 'ok') AS before,
      greatest(g.passed_at, g.watched_from) < clock_timestamp() - make_interval(secs =>
        coalesce(g.target_ms, 2 * CASE WHEN g.is_records THEN g.every_ms ELSE coalesce(g.every_ms, (p_usual->>g.provider)::float8) + p_tick_ms END) / 1000) AS late
    FROM alert_facts g) f
  WHERE CASE
    WHEN f.resting THEN NOT f.told_resting
    WHEN f.told_resting IS NOT FALSE THEN true
    ELSE f.before <> CASE
      WHEN f.grant_state <> 'ok' OR f.last_error_code = 'needs_reauth' THEN 'needs_reauth'
      WHEN f.last_error_code <> 'provider_unavailable' THEN 'failed:' || f.last_error_code
      WHEN (f.before = 'needs_reauth' OR f.before LIKE 'failed:%' AND f.before <> 'failed:writes')
        AND NOT (f.last_error_code IS NULL AND coalesce(f.passed_at > f.told_since, false)) THEN f.before
      WHEN f.late THEN 'late'
      WHEN f.failed_writes THEN 'failed:writes'
      WHEN f.held THEN 'held'
      WHEN f.undecided THEN 'undecided'
      ELSE 'ok' END
    END
  ORDER BY f.company_id, f.connection_id LIMIT p_limit;
$$;
--> statement-breakpoint
ALTER FUNCTION find_alerts(jsonb, float8, integer) OWNER TO syncline_system;
--> statement-breakpoint
REVOKE ALL ON FUNCTION find_alerts(jsonb, float8, integer) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION find_alerts(jsonb, float8, integer) TO syncline_app;
--> statement-breakpoint

-- Companies in which something is due to be sent to people: ids only.
CREATE FUNCTION find_undelivered() RETURNS TABLE (company_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT DISTINCT d.company_id FROM deliveries d JOIN notification_targets t ON t.id = d.target_id
  WHERE d.state = 'pending' AND d.next_attempt_at <= now() AND (t.wait_until <= now()) IS NOT FALSE;
$$;
--> statement-breakpoint
ALTER FUNCTION find_undelivered() OWNER TO syncline_system;
--> statement-breakpoint
REVOKE ALL ON FUNCTION find_undelivered() FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION find_undelivered() TO syncline_app;
--> statement-breakpoint
REVOKE CREATE ON SCHEMA public FROM syncline_system;
