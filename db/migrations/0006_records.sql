CREATE TABLE "record_changes" (
	"id" bigint PRIMARY KEY DEFAULT nextval('changes_id_seq') NOT NULL,
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"session_id" uuid NOT NULL,
	"record_id" uuid NOT NULL,
	"stream" text NOT NULL,
	"remote_id" text NOT NULL,
	"parent_id" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"action" text NOT NULL,
	"fields" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"version" integer NOT NULL,
	"tx" "xid8" DEFAULT pg_current_xact_id() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "record_sightings" (
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"stream" text NOT NULL,
	"snapshot_id" text NOT NULL,
	"seq" bigserial NOT NULL,
	"ids" text[] NOT NULL,
	CONSTRAINT "record_sightings_connection_id_stream_seq_pk" PRIMARY KEY("connection_id","stream","seq")
);
--> statement-breakpoint
CREATE TABLE "record_timeline" (
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"remote_id" text NOT NULL,
	"seq" integer NOT NULL,
	"on" date NOT NULL,
	"kind" text NOT NULL,
	"detail" jsonb NOT NULL,
	"sealed" text,
	"learned_at" timestamp with time zone NOT NULL,
	"retroactive" boolean NOT NULL,
	CONSTRAINT "record_timeline_connection_id_remote_id_seq_pk" PRIMARY KEY("connection_id","remote_id","seq")
);
--> statement-breakpoint
CREATE TABLE "record_versions" (
	"record_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"seq" bigserial NOT NULL,
	"session_id" uuid NOT NULL,
	"content" jsonb,
	"sealed" text,
	"hash" "bytea",
	"first_seen_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone,
	CONSTRAINT "record_versions_record_id_version_pk" PRIMARY KEY("record_id","version")
);
--> statement-breakpoint
CREATE TABLE "record_work" (
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"stream" text NOT NULL,
	"remote_id" text NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"error" text,
	"session_id" uuid,
	"queued_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "record_work_connection_id_stream_remote_id_pk" PRIMARY KEY("connection_id","stream","remote_id")
);
--> statement-breakpoint
CREATE TABLE "records" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"stream" text NOT NULL,
	"remote_id" text NOT NULL,
	"parent_id" text,
	"state" text NOT NULL,
	"version" integer NOT NULL,
	"hash" "bytea",
	"hint" text,
	"remote_updated_at" timestamp with time zone,
	"absences" integer DEFAULT 0 NOT NULL,
	"gone_at" timestamp with time zone,
	"reason" text,
	"details_at" timestamp with time zone,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "records_of_company" UNIQUE("company_id","id"),
	CONSTRAINT "records_one_per_item" UNIQUE("connection_id","stream","remote_id")
);
--> statement-breakpoint
ALTER TABLE "channels" ADD COLUMN "secret" text;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "detected_seq" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "hash_key" text;--> statement-breakpoint
ALTER TABLE "cursors" ADD COLUMN "passed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "cursors" ADD COLUMN "listed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "cursors" ADD COLUMN "passed_by" uuid;--> statement-breakpoint
ALTER TABLE "schedules" ADD COLUMN "streams" text[] DEFAULT '{}'::text[] NOT NULL;--> statement-breakpoint
ALTER TABLE "schedules" ADD COLUMN "next_run_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "schedules" ADD COLUMN "last_run_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sync_sessions" ADD COLUMN "streams" text[] DEFAULT '{}'::text[] NOT NULL;--> statement-breakpoint
ALTER TABLE "sync_sessions" ADD COLUMN "progress" jsonb;--> statement-breakpoint
ALTER TABLE "record_sightings" ADD CONSTRAINT "record_sightings_company_id_connection_id_connections_company_id_id_fk" FOREIGN KEY ("company_id","connection_id") REFERENCES "public"."connections"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "record_timeline" ADD CONSTRAINT "record_timeline_company_id_connection_id_connections_company_id_id_fk" FOREIGN KEY ("company_id","connection_id") REFERENCES "public"."connections"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "record_work" ADD CONSTRAINT "record_work_company_id_connection_id_connections_company_id_id_fk" FOREIGN KEY ("company_id","connection_id") REFERENCES "public"."connections"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "records" ADD CONSTRAINT "records_company_id_connection_id_connections_company_id_id_fk" FOREIGN KEY ("company_id","connection_id") REFERENCES "public"."connections"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "record_changes_by_connection" ON "record_changes" USING btree ("connection_id","id");--> statement-breakpoint
CREATE INDEX "record_changes_by_record" ON "record_changes" USING btree ("record_id","id");--> statement-breakpoint
CREATE INDEX "record_changes_by_company" ON "record_changes" USING btree ("company_id","id");--> statement-breakpoint
CREATE INDEX "record_timeline_by_date" ON "record_timeline" USING btree ("connection_id","on");--> statement-breakpoint
CREATE INDEX "record_versions_in_order" ON "record_versions" USING btree ("connection_id","seq");--> statement-breakpoint
CREATE INDEX "records_by_parent" ON "records" USING btree ("connection_id","parent_id") WHERE parent_id is not null;--> statement-breakpoint
CREATE INDEX "records_gone" ON "records" USING btree ("connection_id","stream") WHERE state <> 'deleted' and (gone_at is not null or absences > 0);