-- Row-level security for bookings.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['booking_rules', 'holidays', 'booking_reports'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_company ON %I TO syncline_app USING (company_id = current_company()) WITH CHECK (company_id = current_company())', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO syncline_app', name);
  END LOOP;
END $$;
--> statement-breakpoint
ALTER TABLE booking_rules
  ADD CONSTRAINT booking_rules_sane CHECK (duration_minutes BETWEEN 1 AND 10080 AND horizon_days BETWEEN 1 AND 366
    AND capacity >= 1 AND start_time ~ '^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$');
--> statement-breakpoint

-- Companies whose rules make bookings: ids only.
GRANT CREATE ON SCHEMA public TO syncline_system;
--> statement-breakpoint
CREATE POLICY system ON booking_rules TO syncline_system USING (true);
--> statement-breakpoint
GRANT SELECT (company_id) ON booking_rules TO syncline_system;
--> statement-breakpoint
CREATE FUNCTION find_booking_companies() RETURNS TABLE (company_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT DISTINCT r.company_id FROM booking_rules r ORDER BY r.company_id;
$$;
--> statement-breakpoint
ALTER FUNCTION find_booking_companies() OWNER TO syncline_system;
--> statement-breakpoint
REVOKE ALL ON FUNCTION find_booking_companies() FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION find_booking_companies() TO syncline_app;
--> statement-breakpoint
REVOKE CREATE ON SCHEMA public FROM syncline_system;
--> statement-breakpoint

-- What makes bookings by rule is told of every change of its calendar that is not its own: it puts edits
-- back, and gives way to what is new. Nothing is queued for it, since nothing is sent to it; its ring is
-- never the writer's own, so `app.quiet` does not silence it.
CREATE OR REPLACE FUNCTION mark_events(written uuid[], origin uuid) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  bell record;
BEGIN
  IF cardinality(written) = 0 THEN RETURN; END IF;
  FOR bell IN
    WITH marked AS (
      INSERT INTO writes AS w (company_id, connection_id, event_id, version)
      SELECT e.company_id, c.id, e.id, e.version
      FROM events e JOIN connections c ON c.calendar_id = e.calendar_id
      WHERE e.id = ANY (written) AND c.direction IN ('both', 'out') AND c.disconnected_at IS NULL
        AND c.settings <> '{}' AND c.id IS DISTINCT FROM origin
      ORDER BY c.id, e.id
      ON CONFLICT (connection_id, event_id) DO UPDATE
        SET version = greatest(w.version, excluded.version), state = 'pending', attempts = 0, error = NULL,
            next_attempt_at = now(), finished_at = NULL,
            enqueued_at = CASE WHEN w.state = 'pending' THEN w.enqueued_at ELSE now() END
      RETURNING w.company_id, w.connection_id)
    SELECT DISTINCT company_id, connection_id FROM marked
  LOOP
    IF current_setting('app.quiet', true) IS DISTINCT FROM 'on' THEN
      PERFORM pg_notify('syncline_ring', bell.company_id || ':' || bell.connection_id);
    END IF;
  END LOOP;
  PERFORM pg_notify('syncline_ring', c.company_id || ':' || c.id) FROM connections c
    WHERE c.provider = 'system-bookings' AND c.enabled AND c.disconnected_at IS NULL AND c.id IS DISTINCT FROM origin
      AND c.calendar_id IN (SELECT e.calendar_id FROM events e WHERE e.id = ANY (written));
END $$;
