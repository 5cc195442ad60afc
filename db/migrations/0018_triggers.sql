-- A session that nobody has taken up yet becomes that of the first person or program that asks for it as
-- well: who presses a button while a poll is queued finds themselves in the list, not the poll.
CREATE OR REPLACE FUNCTION ring(p_company uuid, p_connection uuid, p_trigger text, p_by text, p_streams text[] DEFAULT '{}', OUT session uuid, OUT signal boolean)
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
    SET streams = (SELECT array_agg(DISTINCT t) FROM unnest(s.streams || excluded.streams) t),
      trigger = CASE WHEN s.triggered_by = 'system' AND excluded.triggered_by <> 'system' THEN excluded.trigger ELSE s.trigger END,
      triggered_by = CASE WHEN s.triggered_by = 'system' THEN excluded.triggered_by ELSE s.triggered_by END
    WHERE NOT s.streams @> excluded.streams OR (s.triggered_by = 'system' AND excluded.triggered_by <> 'system');
END $$;
