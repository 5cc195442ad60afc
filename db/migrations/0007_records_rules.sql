-- Row-level security for business data.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['records', 'record_versions', 'record_changes', 'record_sightings', 'record_work', 'record_timeline'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_company ON %I TO syncline_app USING (company_id = current_company()) WITH CHECK (company_id = current_company())', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO syncline_app', name);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO syncline_app;
--> statement-breakpoint

-- A ring may say which streams it is for; those of all the rings that a session serves add up. `*` stands
-- for the usual ones.
DROP FUNCTION ring(uuid, uuid, text, text);
--> statement-breakpoint
CREATE FUNCTION ring(p_company uuid, p_connection uuid, p_trigger text, p_by text, p_streams text[] DEFAULT '{}', OUT session uuid, OUT signal boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE bell rings;
BEGIN
  INSERT INTO rings AS r (connection_id, company_id, rung, next_session)
  VALUES (p_connection, p_company, 1, gen_random_uuid())
  ON CONFLICT (connection_id) DO UPDATE
    SET rung = r.rung + 1, next_session = coalesce(r.next_session, excluded.next_session)
  RETURNING r.* INTO bell;
  session := bell.next_session;
  signal := bell.rung - 1 = bell.served
    OR (bell.running_session IS NULL AND (bell.signalled_at IS NULL OR bell.signalled_at < now() - interval '10 seconds'));
  IF signal THEN
    UPDATE rings SET signalled_at = now() WHERE connection_id = p_connection;
  END IF;
  INSERT INTO sync_sessions AS s (id, company_id, connection_id, status, trigger, triggered_by, streams)
  VALUES (session, p_company, p_connection, 'queued', p_trigger, p_by, coalesce(NULLIF(p_streams, '{}'), '{*}'))
  ON CONFLICT (id) DO UPDATE
    SET streams = (SELECT array_agg(DISTINCT t) FROM unnest(s.streams || excluded.streams) t)
    WHERE NOT s.streams @> excluded.streams;
END $$;
