-- Row-level security for customers' bookings.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['bookings', 'page_rings'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_company ON %I TO syncline_app USING (company_id = current_company()) WITH CHECK (company_id = current_company())', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO syncline_app', name);
  END LOOP;
END $$;
--> statement-breakpoint
-- A trusted extension: whoever may create in the database may make it.
CREATE EXTENSION IF NOT EXISTS btree_gist;
--> statement-breakpoint
ALTER TABLE bookings
  ADD CONSTRAINT bookings_sane CHECK (ends_at > starts_at AND seat >= 1 AND state IN ('booked', 'cancelled')
    AND (state = 'cancelled') = (cancelled_at IS NOT NULL) AND octet_length(token_hash) = 32 AND start_fold IN (0, 1)),
  ADD CONSTRAINT bookings_rule_fk FOREIGN KEY (company_id, rule_id)
    REFERENCES booking_rules (company_id, id) ON DELETE SET NULL (rule_id),
  ADD CONSTRAINT bookings_event_fk FOREIGN KEY (company_id, event_id)
    REFERENCES events (company_id, id) ON DELETE SET NULL (event_id),
  -- Nobody else has the seat at any moment of the slot, whoever writes and however many at once.
  ADD CONSTRAINT bookings_no_double EXCLUDE USING gist (rule_id WITH =, seat WITH =, tstzrange(starts_at, ends_at) WITH &&)
    WHERE (state = 'booked');
--> statement-breakpoint
CREATE INDEX bookings_by_rule ON bookings (company_id, rule_id);
--> statement-breakpoint

-- There are no more seats than the rule has when one is taken. A rule that gets fewer keeps who is there.
CREATE FUNCTION check_seat() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  seats int;
BEGIN
  SELECT capacity INTO seats FROM booking_rules WHERE id = NEW.rule_id FOR SHARE;
  IF NEW.seat > seats THEN
    RAISE EXCEPTION 'the rule has no seat %', NEW.seat USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'bookings_seat';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER bookings_seat BEFORE INSERT OR UPDATE OF seat, rule_id, starts_at, ends_at, state ON bookings FOR EACH ROW
  WHEN (NEW.state = 'booked' AND NEW.rule_id IS NOT NULL) EXECUTE FUNCTION check_seat();
--> statement-breakpoint

-- Whoever takes a booking's event away, here or at a provider, has cancelled the booking.
CREATE FUNCTION cancel_booking_of_event() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  UPDATE bookings SET state = 'cancelled', cancelled_at = now(), version = version + 1,
      cancelled_by = coalesce(NULLIF(current_setting('app.by', true), ''), NEW.last_update_source)
    WHERE event_id = NEW.id AND state = 'booked';
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER events_cancel_booking AFTER UPDATE ON events FOR EACH ROW
  WHEN (NEW.master_id IS NULL AND (NEW.deleted_at IS NOT NULL OR NEW.status = 'cancelled')
    AND OLD.deleted_at IS NULL AND OLD.status <> 'cancelled')
  EXECUTE FUNCTION cancel_booking_of_event();
--> statement-breakpoint

-- Whose booking an address is: the secret in it says so.
GRANT CREATE ON SCHEMA public TO syncline_system;
--> statement-breakpoint
CREATE POLICY system ON bookings TO syncline_system USING (true);
--> statement-breakpoint
GRANT SELECT (id, company_id, token_hash) ON bookings TO syncline_system;
--> statement-breakpoint
CREATE FUNCTION find_booking(p_hash bytea) RETURNS TABLE (id uuid, company_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT b.id, b.company_id FROM bookings b WHERE b.token_hash = p_hash;
$$;
--> statement-breakpoint
ALTER FUNCTION find_booking(bytea) OWNER TO syncline_system;
--> statement-breakpoint
REVOKE ALL ON FUNCTION find_booking(bytea) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION find_booking(bytea) TO syncline_app;
--> statement-breakpoint
REVOKE CREATE ON SCHEMA public FROM syncline_system;
