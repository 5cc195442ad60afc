-- Roles. `syncline_app` does the work and sees one company at a time; `syncline_system` owns the few
-- functions that must look across companies, and may touch only what they need.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['syncline_app', 'syncline_system'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    BEGIN
      EXECUTE format('GRANT %I TO current_user', name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END LOOP;
END $$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO syncline_app, syncline_system;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO syncline_app;
--> statement-breakpoint
REVOKE INSERT, UPDATE, DELETE ON companies FROM syncline_app;
--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO syncline_app;
--> statement-breakpoint
GRANT CREATE ON SCHEMA public TO syncline_system;
--> statement-breakpoint

-- The company of the transaction. Unset (or empty, as a pooled connection leaves it) means no rows.
CREATE FUNCTION current_company() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT NULLIF(current_setting('app.company_id', true), '')::uuid $$;
--> statement-breakpoint
DO $$
DECLARE name text;
BEGIN
  FOR name IN
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = 'company_id'
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_company ON %I TO syncline_app USING (company_id = current_company()) WITH CHECK (company_id = current_company())', name);
  END LOOP;
END $$;
--> statement-breakpoint
ALTER TABLE companies ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE companies FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY own_company ON companies TO syncline_app USING (id = current_company());
--> statement-breakpoint
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['companies', 'api_keys', 'oauth_states', 'calendars', 'connections', 'rings', 'channels', 'writes', 'events', 'sync_sessions', 'idempotency_keys', 'schedules'] LOOP
    EXECUTE format('CREATE POLICY system ON %I TO syncline_system USING (true) WITH CHECK (true)', name);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT ON companies, api_keys, oauth_states, calendars, connections, rings, channels, events, schedules TO syncline_system;
--> statement-breakpoint
GRANT INSERT ON companies, api_keys TO syncline_system;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON writes TO syncline_system;
--> statement-breakpoint
GRANT UPDATE ON events TO syncline_system;
--> statement-breakpoint
GRANT UPDATE (last_used_at) ON api_keys TO syncline_system;
--> statement-breakpoint
GRANT UPDATE (next_poll_at) ON connections TO syncline_system;
--> statement-breakpoint

-- What an event's fields were, as the columns that count as a change.
CREATE FUNCTION stamp_event() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  source text := coalesce(NULLIF(current_setting('app.source', true), ''), 'app');
  moment bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
  times jsonb := '{}';
BEGIN
  IF NOT NEW.all_day AND (NEW.start_zone IS NULL OR NEW.end_zone IS NULL) THEN
    NEW.start_zone := coalesce(NEW.start_zone, NEW.end_zone, (SELECT zone FROM calendars WHERE id = NEW.calendar_id), 'UTC');
    NEW.end_zone := coalesce(NEW.end_zone, NEW.start_zone);
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF source = 'app' THEN
      NEW.last_update_source := 'app';
      NEW.field_times := jsonb_build_object('title', moment, 'description', moment, 'location', moment, 'notes', moment,
        'status', moment, 'start', moment, 'end', moment, 'recurrence', moment);
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.company_id <> OLD.company_id OR NEW.calendar_id <> OLD.calendar_id THEN
    RAISE EXCEPTION 'an event stays in its company and calendar' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.title <> OLD.title THEN times := times || jsonb_build_object('title', moment); END IF;
  IF NEW.description <> OLD.description THEN times := times || jsonb_build_object('description', moment); END IF;
  IF NEW.location <> OLD.location THEN times := times || jsonb_build_object('location', moment); END IF;
  IF NEW.notes <> OLD.notes THEN times := times || jsonb_build_object('notes', moment); END IF;
  IF NEW.status <> OLD.status THEN times := times || jsonb_build_object('status', moment); END IF;
  IF (NEW.start_at, NEW.start_fold, NEW.all_day) <> (OLD.start_at, OLD.start_fold, OLD.all_day) OR NEW.start_zone IS DISTINCT FROM OLD.start_zone THEN
    times := times || jsonb_build_object('start', moment);
  END IF;
  IF (NEW.end_at, NEW.end_fold, NEW.all_day) <> (OLD.end_at, OLD.end_fold, OLD.all_day) OR NEW.end_zone IS DISTINCT FROM OLD.end_zone THEN
    times := times || jsonb_build_object('end', moment);
  END IF;
  IF NEW.recurrence <> OLD.recurrence THEN times := times || jsonb_build_object('recurrence', moment); END IF;
  IF times = '{}' AND NEW.deleted_at IS NOT DISTINCT FROM OLD.deleted_at THEN
    NEW.version := OLD.version;
    RETURN NEW;
  END IF;
  NEW.version := OLD.version + 1;
  NEW.updated_at := clock_timestamp();
  IF source = 'app' THEN
    NEW.last_update_source := 'app';
    NEW.field_times := OLD.field_times || times;
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
-- What a connector takes over comes stamped with the times of its origin: on a first import the call
-- that would change nothing was a fifth of the cost of a row.
CREATE TRIGGER events_stamp_new BEFORE INSERT ON events FOR EACH ROW
  WHEN (coalesce(NULLIF(current_setting('app.source', true), ''), 'app') = 'app'
    OR (NOT NEW.all_day AND (NEW.start_zone IS NULL OR NEW.end_zone IS NULL)))
  EXECUTE FUNCTION stamp_event();
--> statement-breakpoint
CREATE TRIGGER events_stamp BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION stamp_event();
--> statement-breakpoint

-- Deleting is soft, whoever deletes; it is real only under a transaction-local `app.purge`.
-- Deleting an exception cancels that occurrence: without the row, the series would show it again. One
-- that a statement deletes together with its series only goes with it, and comes back with it: what
-- belongs to a series is therefore noted row by row (`app.softened`) and done when the statement ends.
CREATE FUNCTION soften_event_delete() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF current_setting('app.purge', true) = 'on' THEN RETURN OLD; END IF;
  IF OLD.master_id IS NULL AND OLD.recurrence = '{}'
     AND NOT EXISTS (SELECT FROM events x WHERE x.master_id = OLD.id AND x.deleted_at IS NULL) THEN
    UPDATE events SET deleted_at = clock_timestamp() WHERE id = OLD.id AND deleted_at IS NULL;
  ELSE
    PERFORM set_config('app.softened', concat_ws(' ', NULLIF(current_setting('app.softened', true), ''), OLD.id), true);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION soften_series_delete() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  softened uuid[] := string_to_array(NULLIF(current_setting('app.softened', true), ''), ' ')::uuid[];
BEGIN
  IF softened IS NULL THEN RETURN NULL; END IF;
  PERFORM set_config('app.softened', '', true);
  UPDATE events SET deleted_at = clock_timestamp() WHERE id = ANY (softened) AND master_id IS NULL AND deleted_at IS NULL;
  UPDATE events SET status = 'cancelled'
    WHERE id = ANY (softened) AND master_id IS NOT NULL AND deleted_at IS NULL AND status <> 'cancelled';
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER events_soften_delete BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION soften_event_delete();
--> statement-breakpoint
CREATE TRIGGER events_soften_series AFTER DELETE ON events FOR EACH STATEMENT EXECUTE FUNCTION soften_series_delete();
--> statement-breakpoint

-- A series is one unit: exceptions are deleted and come back with their master, and an exception that
-- comes back (an edit beats a delete) brings its series along.
--
-- Marks every spoke of the calendar for the events that a statement wrote, but the one they came from
-- (`app.origin`): reconcile itself marks that one where our side must still travel back to it.
-- `app.quiet` says that the writer rings by itself.
CREATE FUNCTION mark_events(written uuid[], origin uuid) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
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
END $$;
--> statement-breakpoint
CREATE FUNCTION events_were_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  UPDATE events m SET deleted_at = NULL FROM fresh n
    WHERE m.id = n.master_id AND n.deleted_at IS NULL AND m.deleted_at IS NOT NULL;
  IF EXISTS (SELECT FROM connections c WHERE c.calendar_id IN (SELECT calendar_id FROM fresh)
             AND c.id IS DISTINCT FROM NULLIF(current_setting('app.origin', true), '')::uuid) THEN
    PERFORM mark_events(ARRAY(SELECT id FROM fresh), NULLIF(current_setting('app.origin', true), '')::uuid);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION events_were_updated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  origin uuid := NULLIF(current_setting('app.origin', true), '')::uuid;
  changed uuid[];
BEGIN
  changed := ARRAY(SELECT n.id FROM fresh n JOIN stale o ON o.id = n.id WHERE n.version <> o.version);
  IF cardinality(changed) = 0 THEN RETURN NULL; END IF;
  UPDATE events e SET deleted_at = m.deleted_at
    FROM fresh m JOIN stale o ON o.id = m.id
    WHERE e.master_id = m.id AND e.deleted_at IS NULL AND m.deleted_at IS NOT NULL AND o.deleted_at IS NULL;
  UPDATE events e SET deleted_at = NULL
    FROM fresh m JOIN stale o ON o.id = m.id
    WHERE e.master_id = m.id AND e.deleted_at = o.deleted_at AND m.deleted_at IS NULL;
  UPDATE events m SET deleted_at = NULL
    FROM fresh n JOIN stale o ON o.id = n.id
    WHERE m.id = n.master_id AND n.deleted_at IS NULL AND o.deleted_at IS NOT NULL AND m.deleted_at IS NOT NULL;
  PERFORM mark_events(changed, origin);
  -- What came back with its series may hold edits that no spoke has seen, the origin included.
  IF origin IS NOT NULL AND pg_trigger_depth() > 1 THEN
    PERFORM mark_events(ARRAY(SELECT n.id FROM fresh n JOIN stale o ON o.id = n.id WHERE n.deleted_at IS NULL AND o.deleted_at IS NOT NULL), NULL);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER events_inserted AFTER INSERT ON events REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION events_were_inserted();
--> statement-breakpoint
CREATE TRIGGER events_updated AFTER UPDATE ON events REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
  FOR EACH STATEMENT EXECUTE FUNCTION events_were_updated();
--> statement-breakpoint

-- The bell. Answers the session that will serve this ring, and whether a signal is due: when nobody
-- else has rung since the last session, or the last signal may have been lost.
CREATE FUNCTION ring(p_company uuid, p_connection uuid, p_trigger text, p_by text, OUT session uuid, OUT signal boolean)
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
  INSERT INTO sync_sessions (id, company_id, connection_id, status, trigger, triggered_by)
  VALUES (session, p_company, p_connection, 'queued', p_trigger, p_by)
  ON CONFLICT (id) DO NOTHING;
END $$;
--> statement-breakpoint

-- The few looks across companies.
CREATE FUNCTION find_api_key(p_hash bytea) RETURNS TABLE (id uuid, company_id uuid, name text, role text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE api_keys SET last_used_at = now()
  WHERE hash = p_hash AND revoked_at IS NULL AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute');
  SELECT k.id, k.company_id, k.name, k.role FROM api_keys k WHERE k.hash = p_hash AND k.revoked_at IS NULL;
$$;
--> statement-breakpoint
CREATE FUNCTION find_channel(p_id uuid)
RETURNS TABLE (id uuid, company_id uuid, connection_id uuid, resource_id text, secret_hash bytea, state text, expires_at timestamptz, superseded_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT c.id, c.company_id, c.connection_id, c.resource_id, c.secret_hash, c.state, c.expires_at, c.superseded_at
  FROM channels c WHERE c.id = p_id;
$$;
--> statement-breakpoint
CREATE FUNCTION find_oauth_state(p_hash bytea) RETURNS TABLE (company_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT s.company_id FROM oauth_states s WHERE s.hash = p_hash;
$$;
--> statement-breakpoint
-- Claims due polls: whoever asks moves the next poll on, so that two askers never poll the same.
CREATE FUNCTION claim_due_polls(p_provider text, p_limit int, p_interval interval)
RETURNS TABLE (company_id uuid, connection_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH due AS (
    SELECT c.id FROM connections c
    WHERE c.provider = p_provider AND c.next_poll_at <= now() AND c.enabled AND c.grant_state = 'ok'
      AND c.settings <> '{}' AND (c.wait_until IS NULL OR c.wait_until <= now())
    ORDER BY c.next_poll_at LIMIT p_limit FOR UPDATE SKIP LOCKED)
  UPDATE connections c
  SET next_poll_at = now() + coalesce(make_interval(secs => c.poll_interval_ms / 1000.0), p_interval) * (0.95 + random() * 0.1)
  FROM due WHERE c.id = due.id RETURNING c.company_id, c.id;
$$;
--> statement-breakpoint
-- Rings that nobody is serving, and queues with rows that are due. What a provider wants left alone can
-- wait; of more than are asked for, each has its chance.
CREATE FUNCTION find_left_behind(p_limit int) RETURNS TABLE (company_id uuid, connection_id uuid, rung boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT c.company_id, c.id, coalesce(r.rung > r.served, false)
  FROM connections c LEFT JOIN rings r ON r.connection_id = c.id
  WHERE c.enabled AND c.grant_state = 'ok' AND c.settings <> '{}' AND (c.wait_until IS NULL OR c.wait_until <= now())
    AND (r.rung > r.served OR EXISTS (
      SELECT FROM writes w WHERE w.connection_id = c.id AND w.state = 'pending' AND w.next_attempt_at <= now()))
  ORDER BY random() LIMIT p_limit;
$$;
--> statement-breakpoint
CREATE FUNCTION find_channels_to_renew(p_before interval, p_after uuid, p_limit int) RETURNS TABLE (company_id uuid, connection_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT c.company_id, c.id FROM connections c
  WHERE c.enabled AND c.grant_state = 'ok' AND c.settings <> '{}' AND c.watchable
    AND (p_after IS NULL OR c.id > p_after) AND NOT EXISTS (
    SELECT FROM channels h WHERE h.connection_id = c.id AND h.state = 'open' AND h.expires_at > now() + p_before)
  ORDER BY c.id LIMIT p_limit;
$$;
--> statement-breakpoint
-- What Temporal has not been told of, because it was away: schedules as they are, and goodbyes.
CREATE FUNCTION find_untold(p_limit int) RETURNS TABLE (kind text, company_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  (SELECT 'schedule', s.company_id, s.id FROM schedules s WHERE s.told_at IS NULL LIMIT p_limit)
  UNION ALL
  (SELECT 'disconnect', c.company_id, c.id FROM connections c
   WHERE c.disconnected_at < now() - interval '1 minute' AND c.credentials IS NOT NULL LIMIT p_limit)
$$;
--> statement-breakpoint
CREATE FUNCTION find_companies() RETURNS TABLE (company_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$ SELECT id FROM companies ORDER BY id $$;
--> statement-breakpoint
-- The first company and its owner's key, for automation. Only ever makes the one; a second call with
-- the same hash answers the same company.
CREATE FUNCTION bootstrap_company(p_name text, p_hash bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE company uuid;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('syncline bootstrap'));
  SELECT k.company_id INTO company FROM api_keys k WHERE k.hash = p_hash;
  IF company IS NULL THEN
    SELECT c.id INTO company FROM companies c ORDER BY c.created_at LIMIT 1;
    IF company IS NULL THEN
      INSERT INTO companies (name) VALUES (p_name) RETURNING id INTO company;
    END IF;
    INSERT INTO api_keys (company_id, name, role, hash) VALUES (company, 'bootstrap', 'owner', p_hash);
  END IF;
  RETURN company;
END $$;
--> statement-breakpoint
DO $$
DECLARE signature text;
BEGIN
  FOREACH signature IN ARRAY ARRAY[
    'events_were_inserted()', 'events_were_updated()', 'find_api_key(bytea)', 'find_channel(uuid)',
    'find_oauth_state(bytea)', 'claim_due_polls(text, int, interval)', 'find_left_behind(int)',
    'find_channels_to_renew(interval, uuid, int)', 'find_untold(int)', 'find_companies()', 'bootstrap_company(text, bytea)'] LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO syncline_system', signature);
    IF signature NOT LIKE 'events_%' THEN
      EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', signature);
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO syncline_app', signature);
    END IF;
  END LOOP;
END $$;
--> statement-breakpoint
REVOKE CREATE ON SCHEMA public FROM syncline_system;
--> statement-breakpoint

-- Progress for whoever watches a session, and the outcome for whoever waits on a write.
CREATE FUNCTION notify_session() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_TABLE_NAME = 'sync_logs' THEN
    PERFORM pg_notify('syncline_session', NEW.session_id::text);
  ELSE
    PERFORM pg_notify('syncline_session', NEW.id::text);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER sync_logs_notify AFTER INSERT ON sync_logs FOR EACH ROW EXECUTE FUNCTION notify_session();
--> statement-breakpoint
CREATE TRIGGER sync_sessions_notify AFTER UPDATE ON sync_sessions FOR EACH ROW EXECUTE FUNCTION notify_session();
--> statement-breakpoint
CREATE FUNCTION notify_write() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM pg_notify('syncline_write', NEW.event_id::text);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER writes_notify AFTER UPDATE OF state ON writes FOR EACH ROW WHEN (NEW.state <> 'pending' AND OLD.state = 'pending') EXECUTE FUNCTION notify_write();
--> statement-breakpoint

-- Views under the names that people ask for.
CREATE VIEW google_calendar_sync_queue WITH (security_invoker = true) AS
  SELECT w.company_id, w.connection_id, w.event_id,
    CASE WHEN e.deleted_at IS NOT NULL THEN 'DELETE' WHEN l.remote_id IS NULL THEN 'INSERT' ELSE 'UPDATE' END AS operation,
    upper(w.state) AS status, w.attempts AS retry_count, w.max_attempts AS max_retries, w.error AS error_message,
    w.enqueued_at AS created_at, w.finished_at AS processed_at
  FROM writes w JOIN connections c ON c.id = w.connection_id AND c.provider = 'google-calendar'
  JOIN events e ON e.id = w.event_id LEFT JOIN links l ON l.connection_id = w.connection_id AND l.event_id = w.event_id;
--> statement-breakpoint
CREATE VIEW google_calendar_webhooks WITH (security_invoker = true) AS
  SELECT h.company_id, h.connection_id, h.id AS channel_id, h.resource_id, h.state, h.state = 'open' AND h.expires_at > now() AS enabled,
    h.expires_at, extract(epoch FROM h.expires_at - now()) / 3600 AS hours_left, h.last_message_at, h.created_at
  FROM channels h JOIN connections c ON c.id = h.connection_id AND c.provider = 'google-calendar';
--> statement-breakpoint
GRANT SELECT ON google_calendar_sync_queue, google_calendar_webhooks TO syncline_app;
