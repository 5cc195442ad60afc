CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "api_keys_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "buckets" (
	"account" text PRIMARY KEY NOT NULL,
	"units" double precision NOT NULL,
	"filled_at" timestamp with time zone NOT NULL,
	"blocked_until" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "calendars" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"name" text NOT NULL,
	"zone" text DEFAULT 'UTC' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "calendars_of_company" UNIQUE("company_id","id")
);
--> statement-breakpoint
CREATE TABLE "companies" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"company_id" uuid NOT NULL,
	"key" text NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"status" integer,
	"answer" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_company_id_key_pk" PRIMARY KEY("company_id","key")
);
--> statement-breakpoint
CREATE TABLE "oauth_states" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"key_id" uuid NOT NULL,
	"provider" text NOT NULL,
	"connection_id" uuid NOT NULL,
	"verifier" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "channels" (
	"id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource_id" text,
	"secret_hash" "bytea" NOT NULL,
	"state" text NOT NULL,
	"expires_at" timestamp with time zone,
	"superseded_at" timestamp with time zone,
	"last_message_at" timestamp with time zone,
	"last_message_number" bigint,
	"reason" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "connections" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"calendar_id" uuid,
	"provider" text NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"account" text,
	"direction" text DEFAULT 'both' NOT NULL,
	"policy" text DEFAULT 'newest' NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"paused_reason" text,
	"credentials" text,
	"credential_version" integer DEFAULT 0 NOT NULL,
	"refreshing_until" timestamp with time zone,
	"grant_state" text DEFAULT 'pending' NOT NULL,
	"poll_interval_ms" integer,
	"next_poll_at" timestamp with time zone DEFAULT now() NOT NULL,
	"watchable" boolean DEFAULT true NOT NULL,
	"epoch" bigint DEFAULT 0 NOT NULL,
	"last_complete_pass_at" timestamp with time zone,
	"wait_until" timestamp with time zone,
	"wait_reason" text,
	"failures" integer DEFAULT 0 NOT NULL,
	"last_error_code" text,
	"last_error" text,
	"last_error_at" timestamp with time zone,
	"clock_offset" double precision DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disconnected_at" timestamp with time zone,
	CONSTRAINT "connections_of_company" UNIQUE("company_id","id")
);
--> statement-breakpoint
CREATE TABLE "cursors" (
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"stream" text NOT NULL,
	"cursor" jsonb,
	"snapshot_id" text,
	"snapshot_started_at" timestamp with time zone,
	"snapshot_items" integer DEFAULT 0 NOT NULL,
	"revision" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "cursors_connection_id_stream_pk" PRIMARY KEY("connection_id","stream")
);
--> statement-breakpoint
CREATE TABLE "rings" (
	"connection_id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"rung" bigint DEFAULT 0 NOT NULL,
	"served" bigint DEFAULT 0 NOT NULL,
	"next_session" uuid,
	"running_session" uuid,
	"running_seen" bigint,
	"signalled_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "schedules" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"cadence" jsonb NOT NULL,
	"zone" text DEFAULT 'UTC' NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"paused_reason" text,
	"told_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"calendar_id" uuid NOT NULL,
	"title" text DEFAULT '' NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"location" text DEFAULT '' NOT NULL,
	"notes" text DEFAULT '' NOT NULL,
	"status" text DEFAULT 'confirmed' NOT NULL,
	"all_day" boolean DEFAULT false NOT NULL,
	"start_at" timestamp NOT NULL,
	"start_zone" text,
	"start_fold" smallint DEFAULT 0 NOT NULL,
	"end_at" timestamp NOT NULL,
	"end_zone" text,
	"end_fold" smallint DEFAULT 0 NOT NULL,
	"recurrence" text[] DEFAULT '{}'::text[] NOT NULL,
	"master_id" uuid,
	"original_start" jsonb,
	"version" bigint DEFAULT 1 NOT NULL,
	"field_times" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"last_update_source" text DEFAULT 'app' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "events_of_company" UNIQUE("company_id","id")
);
--> statement-breakpoint
CREATE TABLE "changes" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"event_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"session_id" uuid NOT NULL,
	"side" text NOT NULL,
	"action" text NOT NULL,
	"fields" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"rule" text NOT NULL,
	"version" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "conflicts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"link_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"session_id" uuid NOT NULL,
	"field" text NOT NULL,
	"base" jsonb,
	"local" jsonb,
	"remote" jsonb,
	"policy" text NOT NULL,
	"winner" text NOT NULL,
	"state" text NOT NULL,
	"opened_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "intents" (
	"id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"link_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"session_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"fields" text[] NOT NULL,
	"sent" jsonb NOT NULL,
	"local" jsonb NOT NULL,
	"event_version" bigint NOT NULL,
	"expected_version" text,
	"generation" integer NOT NULL,
	"opened_at" timestamp with time zone DEFAULT now() NOT NULL,
	"closed_at" timestamp with time zone,
	"outcome" text
);
--> statement-breakpoint
CREATE TABLE "links" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"event_id" uuid,
	"state" text NOT NULL,
	"reason" text,
	"remote_id" text,
	"remote_version" text,
	"remote" jsonb,
	"remote_updated_at" timestamp with time zone,
	"remote_mark" uuid,
	"master_remote_id" text,
	"original_start" jsonb,
	"deletion_seen_at" timestamp with time zone,
	"agreed" boolean DEFAULT false NOT NULL,
	"base_local" jsonb,
	"base_remote" jsonb,
	"generation" integer DEFAULT 0 NOT NULL,
	"revision" bigint DEFAULT 0 NOT NULL,
	"seen_snapshot" text,
	"confirmed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_synced_at" timestamp with time zone,
	"looked_at" timestamp with time zone,
	CONSTRAINT "links_of_company" UNIQUE("company_id","id"),
	CONSTRAINT "links_one_per_remote" UNIQUE("connection_id","remote_id"),
	CONSTRAINT "links_one_per_event" UNIQUE("event_id","connection_id")
);
--> statement-breakpoint
CREATE TABLE "plans" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"session_id" uuid NOT NULL,
	"side" text NOT NULL,
	"reason" text NOT NULL,
	"state" text DEFAULT 'held' NOT NULL,
	"items" integer NOT NULL,
	"settled_by" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "sync_logs" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"session_id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"level" text NOT NULL,
	"message" text NOT NULL,
	"data" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sync_sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"status" text NOT NULL,
	"trigger" text NOT NULL,
	"triggered_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"completed_at" timestamp with time zone,
	"local_created" integer DEFAULT 0 NOT NULL,
	"local_updated" integer DEFAULT 0 NOT NULL,
	"local_deleted" integer DEFAULT 0 NOT NULL,
	"local_unchanged" integer DEFAULT 0 NOT NULL,
	"local_failed" integer DEFAULT 0 NOT NULL,
	"remote_created" integer DEFAULT 0 NOT NULL,
	"remote_updated" integer DEFAULT 0 NOT NULL,
	"remote_deleted" integer DEFAULT 0 NOT NULL,
	"remote_unchanged" integer DEFAULT 0 NOT NULL,
	"remote_failed" integer DEFAULT 0 NOT NULL,
	"provider_calls" integer DEFAULT 0 NOT NULL,
	"error_code" text,
	"error" text,
	"workflow_id" text,
	"run_id" text,
	"waiters" text[] DEFAULT '{}'::text[] NOT NULL,
	CONSTRAINT "sync_sessions_of_company" UNIQUE("company_id","id")
);
--> statement-breakpoint
CREATE TABLE "writes" (
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"version" bigint NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"max_attempts" integer DEFAULT 8 NOT NULL,
	"error" text,
	"next_attempt_at" timestamp with time zone DEFAULT now() NOT NULL,
	"enqueued_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "writes_connection_id_event_id_pk" PRIMARY KEY("connection_id","event_id")
);
--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calendars" ADD CONSTRAINT "calendars_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_states" ADD CONSTRAINT "oauth_states_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "channels" ADD CONSTRAINT "channels_company_id_connection_id_connections_company_id_id_fk" FOREIGN KEY ("company_id","connection_id") REFERENCES "public"."connections"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "connections" ADD CONSTRAINT "connections_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "connections" ADD CONSTRAINT "connections_company_id_calendar_id_calendars_company_id_id_fk" FOREIGN KEY ("company_id","calendar_id") REFERENCES "public"."calendars"("company_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cursors" ADD CONSTRAINT "cursors_company_id_connection_id_connections_company_id_id_fk" FOREIGN KEY ("company_id","connection_id") REFERENCES "public"."connections"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rings" ADD CONSTRAINT "rings_company_id_connection_id_connections_company_id_id_fk" FOREIGN KEY ("company_id","connection_id") REFERENCES "public"."connections"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_company_id_connection_id_connections_company_id_id_fk" FOREIGN KEY ("company_id","connection_id") REFERENCES "public"."connections"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_company_id_master_id_events_company_id_id_fk" FOREIGN KEY ("company_id","master_id") REFERENCES "public"."events"("company_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_company_id_calendar_id_calendars_company_id_id_fk" FOREIGN KEY ("company_id","calendar_id") REFERENCES "public"."calendars"("company_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conflicts" ADD CONSTRAINT "conflicts_company_id_link_id_links_company_id_id_fk" FOREIGN KEY ("company_id","link_id") REFERENCES "public"."links"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "intents" ADD CONSTRAINT "intents_company_id_link_id_links_company_id_id_fk" FOREIGN KEY ("company_id","link_id") REFERENCES "public"."links"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "links" ADD CONSTRAINT "links_company_id_connection_id_connections_company_id_id_fk" FOREIGN KEY ("company_id","connection_id") REFERENCES "public"."connections"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "links" ADD CONSTRAINT "links_company_id_event_id_events_company_id_id_fk" FOREIGN KEY ("company_id","event_id") REFERENCES "public"."events"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plans" ADD CONSTRAINT "plans_company_id_connection_id_connections_company_id_id_fk" FOREIGN KEY ("company_id","connection_id") REFERENCES "public"."connections"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sync_logs" ADD CONSTRAINT "sync_logs_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sync_logs" ADD CONSTRAINT "sync_logs_company_id_session_id_sync_sessions_company_id_id_fk" FOREIGN KEY ("company_id","session_id") REFERENCES "public"."sync_sessions"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sync_sessions" ADD CONSTRAINT "sync_sessions_company_id_connection_id_connections_company_id_id_fk" FOREIGN KEY ("company_id","connection_id") REFERENCES "public"."connections"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "writes" ADD CONSTRAINT "writes_company_id_connection_id_connections_company_id_id_fk" FOREIGN KEY ("company_id","connection_id") REFERENCES "public"."connections"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "writes" ADD CONSTRAINT "writes_company_id_event_id_events_company_id_id_fk" FOREIGN KEY ("company_id","event_id") REFERENCES "public"."events"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "channels_by_connection" ON "channels" USING btree ("connection_id","state");--> statement-breakpoint
CREATE INDEX "connections_by_calendar" ON "connections" USING btree ("calendar_id");--> statement-breakpoint
CREATE INDEX "connections_due" ON "connections" USING btree ("provider","next_poll_at");--> statement-breakpoint
CREATE INDEX "schedules_by_connection" ON "schedules" USING btree ("connection_id");--> statement-breakpoint
CREATE INDEX "events_by_start" ON "events" USING btree ("calendar_id","start_at");--> statement-breakpoint
CREATE UNIQUE INDEX "events_one_exception_each" ON "events" USING btree ("master_id","original_start") WHERE master_id is not null and deleted_at is null;--> statement-breakpoint
CREATE INDEX "events_deleted" ON "events" USING btree ("company_id","deleted_at") WHERE deleted_at is not null;--> statement-breakpoint
CREATE INDEX "changes_by_event" ON "changes" USING btree ("event_id","id");--> statement-breakpoint
CREATE INDEX "changes_by_connection" ON "changes" USING btree ("connection_id","id");--> statement-breakpoint
CREATE INDEX "changes_deletions" ON "changes" USING btree ("connection_id","side","at") WHERE action = 'deleted';--> statement-breakpoint
CREATE UNIQUE INDEX "conflicts_one_open" ON "conflicts" USING btree ("link_id","field") WHERE state = 'open';--> statement-breakpoint
CREATE INDEX "conflicts_by_company" ON "conflicts" USING btree ("company_id","state","opened_at");--> statement-breakpoint
CREATE UNIQUE INDEX "intents_one_open" ON "intents" USING btree ("link_id") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "intents_by_connection" ON "intents" USING btree ("connection_id","opened_at");--> statement-breakpoint
CREATE INDEX "links_looked_at" ON "links" USING btree ("connection_id") WHERE looked_at is not null;--> statement-breakpoint
CREATE INDEX "links_deletions" ON "links" USING btree ("connection_id") WHERE deletion_seen_at is not null;--> statement-breakpoint
CREATE INDEX "links_by_master" ON "links" USING btree ("connection_id","master_remote_id") WHERE master_remote_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "plans_one_held" ON "plans" USING btree ("connection_id","side") WHERE state = 'held';--> statement-breakpoint
CREATE INDEX "sync_logs_by_session" ON "sync_logs" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "sync_sessions_by_connection" ON "sync_sessions" USING btree ("connection_id","created_at");--> statement-breakpoint
CREATE INDEX "sync_sessions_by_company" ON "sync_sessions" USING btree ("company_id","created_at","id");--> statement-breakpoint
CREATE INDEX "writes_pending" ON "writes" USING btree ("connection_id","next_attempt_at") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "writes_finished" ON "writes" USING btree ("company_id","finished_at") WHERE state = 'completed';