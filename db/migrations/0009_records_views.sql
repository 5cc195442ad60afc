-- Views under the names that people ask for. Each asks as whoever looks, so row-level security decides
-- what there is; none holds what is sealed.
CREATE SCHEMA kiotviet;
--> statement-breakpoint
CREATE SCHEMA employes;
--> statement-breakpoint

CREATE VIEW kiotviet.categories WITH (security_invoker = true) AS
  SELECT r.company_id, r.connection_id, r.id AS record_id, r.remote_id AS id, r.state,
    v.content->>'name' AS name, v.content->>'parentId' AS parent_id, EXISTS (SELECT FROM records k JOIN record_versions w ON w.record_id = k.id AND w.version = k.version
      WHERE k.connection_id = r.connection_id AND k.stream = 'categories' AND k.state <> 'deleted' AND w.content->>'parentId' = r.remote_id) AS has_child,
    v.content->>'createdDate' AS created_date,
    r.version, r.first_seen_at, r.changed_at, r.remote_updated_at
  FROM records r JOIN connections c ON c.id = r.connection_id AND c.provider = 'kiotviet'
  JOIN record_versions v ON v.record_id = r.id AND v.version = r.version
  WHERE r.stream = 'categories' AND r.state <> 'deleted';
--> statement-breakpoint
CREATE VIEW kiotviet.products WITH (security_invoker = true) AS
  SELECT r.company_id, r.connection_id, r.id AS record_id, r.remote_id AS id, r.state,
    v.content->>'code' AS code, v.content->>'barCode' AS bar_code, v.content->>'name' AS name, v.content->>'fullName' AS full_name,
    v.content->>'description' AS description, v.content->>'categoryId' AS category_id, (SELECT w.content->>'name' FROM records k JOIN record_versions w ON w.record_id = k.id AND w.version = k.version
      WHERE k.connection_id = r.connection_id AND k.stream = 'categories' AND k.remote_id = v.content->>'categoryId') AS category_name,
    v.content->>'tradeMarkId' AS trade_mark_id, v.content->>'tradeMarkName' AS trade_mark_name,
    (v.content->>'allowsSale')::boolean AS allows_sale, (v.content->>'isActive')::boolean AS is_active,
    (v.content->>'hasVariants')::boolean AS has_variants, (v.content->>'type')::numeric AS type, v.content->>'unit' AS unit,
    v.content->>'masterUnitId' AS master_unit_id, v.content->>'masterProductId' AS master_product_id,
    (v.content->>'conversionValue')::numeric AS conversion_value, (v.content->>'basePrice')::numeric AS base_price,
    (v.content->>'weight')::numeric AS weight, v.content->>'taxType' AS tax_type, v.content->>'taxRate' AS tax_rate,
    v.content->'attributes' AS attributes, v.content->'images' AS images,
    r.version, r.first_seen_at, r.changed_at, r.remote_updated_at
  FROM records r JOIN connections c ON c.id = r.connection_id AND c.provider = 'kiotviet'
  JOIN record_versions v ON v.record_id = r.id AND v.version = r.version
  WHERE r.stream = 'products' AND r.state <> 'deleted';
--> statement-breakpoint
CREATE VIEW kiotviet.inventory WITH (security_invoker = true) AS
  SELECT r.company_id, r.connection_id, r.id AS record_id, r.remote_id AS id, r.state,
    v.content->>'productId' AS product_id, v.content->>'branchId' AS branch_id,
    (v.content->>'onHand')::numeric AS on_hand, (v.content->>'reserved')::numeric AS reserved,
    r.version, r.first_seen_at, r.changed_at
  FROM records r JOIN connections c ON c.id = r.connection_id AND c.provider = 'kiotviet'
  JOIN record_versions v ON v.record_id = r.id AND v.version = r.version
  WHERE r.stream = 'inventory' AND r.state <> 'deleted';
--> statement-breakpoint
-- `sync_types` is empty for all. A cadence by cron has no interval.
CREATE VIEW kiotviet.sync_schedules WITH (security_invoker = true) AS
  SELECT s.company_id, s.id, s.connection_id, s.streams AS sync_types,
    CASE WHEN e.hours = 1 THEN 'hourly' WHEN e.hours = 24 THEN 'daily' ELSE 'custom' END AS frequency,
    e.hours AS interval_hours, s.enabled, s.last_run_at, s.next_run_at, s.zone, s.cadence, s.created_at
  FROM schedules s JOIN connections c ON c.id = s.connection_id AND c.provider = 'kiotviet'
  CROSS JOIN LATERAL (SELECT CASE
    WHEN s.cadence ? 'everyHours' THEN (s.cadence->>'everyHours')::numeric
    WHEN s.cadence ? 'everyMinutes' THEN round((s.cadence->>'everyMinutes')::numeric / 60, 4)
    WHEN jsonb_typeof(s.cadence->'dailyAt') = 'array' AND jsonb_array_length(s.cadence->'dailyAt') = 1 THEN 24 END AS hours) e;
--> statement-breakpoint

CREATE VIEW employes.employees WITH (security_invoker = true) AS
  SELECT r.company_id, r.connection_id, r.id AS record_id, r.remote_id AS id, r.state,
    v.content->>'displayName' AS display_name, v.content->>'employeeNumber' AS employee_number, v.content->>'typeId' AS type_id,
    v.content->>'firstName' AS first_name, v.content->>'initials' AS initials, v.content->>'surnamePrefix' AS surname_prefix,
    v.content->>'surname' AS surname, v.content->>'gender' AS gender, v.content->>'status' AS status,
    v.content->>'department' AS department, v.content->>'departmentId' AS department_id, v.content->>'location' AS location,
    v.content->>'locationId' AS location_id, v.content->>'position' AS position, v.content->>'jobTitle' AS job_title,
    v.content->>'email' AS email, v.content->>'phone' AS phone, v.content->>'street' AS street,
    v.content->>'houseNumber' AS house_number, v.content->>'houseNumberSuffix' AS house_number_suffix,
    v.content->>'postalCode' AS postal_code, v.content->>'city' AS city, v.content->>'countryCode' AS country_code,
    v.content->>'nationality' AS nationality,
    r.version, r.first_seen_at, r.changed_at, r.remote_updated_at
  FROM records r JOIN connections c ON c.id = r.connection_id AND c.provider = 'employes'
  JOIN record_versions v ON v.record_id = r.id AND v.version = r.version
  WHERE r.stream = 'employees' AND r.state <> 'deleted';
--> statement-breakpoint
-- Every version, a deletion being one without content. The newest was last seen when its stream, or what
-- it belongs to, was last read whole.
CREATE VIEW employes_raw_data WITH (security_invoker = true) AS
  SELECT r.company_id, r.connection_id, r.id AS record_id, r.stream AS endpoint,
    CASE WHEN r.stream = 'employees' THEN r.remote_id ELSE r.parent_id END AS employee_id, r.remote_id,
    v.version, v.content, encode(v.hash, 'hex') AS hash, v.version = r.version AS is_latest, v.first_seen_at,
    CASE WHEN v.version < r.version THEN v.last_seen_at
      WHEN r.state <> 'set-aside' THEN greatest(v.first_seen_at, coalesce(s.passed_at, p.details_at)) END AS last_seen_at,
    v.session_id
  FROM records r JOIN connections c ON c.id = r.connection_id AND c.provider = 'employes'
  JOIN record_versions v ON v.record_id = r.id
  LEFT JOIN cursors s ON s.connection_id = r.connection_id AND s.stream = r.stream
  LEFT JOIN records p ON p.connection_id = r.connection_id AND p.stream = 'employees' AND p.remote_id = r.parent_id;
--> statement-breakpoint
CREATE VIEW employes_changes WITH (security_invoker = true) AS
  SELECT h.company_id, h.connection_id, h.id, h.at AS detected_at, h.stream AS endpoint,
    CASE WHEN h.stream = 'employees' THEN h.remote_id ELSE h.parent_id END AS employee_id, h.remote_id, h.record_id,
    h.action, h.fields, h.version, h.session_id
  FROM record_changes h JOIN connections c ON c.id = h.connection_id AND c.provider = 'employes';
--> statement-breakpoint
CREATE VIEW employes_timeline WITH (security_invoker = true) AS
  SELECT t.company_id, t.connection_id, t.remote_id AS employee_id, t.seq, t."on" AS event_date, t.kind AS event_type, t.detail,
    t.learned_at, t.retroactive
  FROM record_timeline t JOIN connections c ON c.id = t.connection_id AND c.provider = 'employes';
--> statement-breakpoint
CREATE VIEW employes_sync_sessions WITH (security_invoker = true) AS
  SELECT s.company_id, s.connection_id, s.id, CASE WHEN s.trigger = 'schedule' THEN 'scheduler' ELSE 'manual' END AS source,
    s.triggered_by, s.created_at, s.started_at, s.completed_at, s.status, s.streams, s.progress,
    s.local_created AS created, s.local_updated AS updated, s.local_deleted AS deleted, s.local_failed AS failed,
    s.provider_calls, s.error_code, s.error
  FROM sync_sessions s JOIN connections c ON c.id = s.connection_id AND c.provider = 'employes';
--> statement-breakpoint
GRANT USAGE ON SCHEMA kiotviet, employes TO syncline_app;
--> statement-breakpoint
GRANT SELECT ON ALL TABLES IN SCHEMA kiotviet, employes TO syncline_app;
--> statement-breakpoint
GRANT SELECT ON employes_raw_data, employes_changes, employes_timeline, employes_sync_sessions TO syncline_app;
