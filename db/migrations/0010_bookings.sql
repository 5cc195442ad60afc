CREATE TABLE "booking_reports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"trigger" text NOT NULL,
	"triggered_by" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"status" text DEFAULT 'running' NOT NULL,
	"created" integer DEFAULT 0 NOT NULL,
	"changed" integer DEFAULT 0 NOT NULL,
	"cancelled" integer DEFAULT 0 NOT NULL,
	"imported" integer DEFAULT 0 NOT NULL,
	"removed" integer DEFAULT 0 NOT NULL,
	"parts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"words" text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "booking_rules" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"calendar_id" uuid NOT NULL,
	"title" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"location" text DEFAULT '' NOT NULL,
	"zone" text NOT NULL,
	"first_date" date NOT NULL,
	"start_time" text NOT NULL,
	"recurrence" text,
	"duration_minutes" integer NOT NULL,
	"horizon_days" integer NOT NULL,
	"capacity" integer DEFAULT 1 NOT NULL,
	"yields" boolean DEFAULT true NOT NULL,
	"skip_dates" text[] DEFAULT '{}'::text[] NOT NULL,
	"skip_holidays" boolean DEFAULT false NOT NULL,
	"ends_on" date,
	"enabled" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "booking_rules_of_company" UNIQUE("company_id","id")
);
--> statement-breakpoint
CREATE TABLE "holidays" (
	"company_id" uuid NOT NULL,
	"date" date NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "holidays_company_id_date_pk" PRIMARY KEY("company_id","date")
);
--> statement-breakpoint
ALTER TABLE "booking_reports" ADD CONSTRAINT "booking_reports_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "booking_rules" ADD CONSTRAINT "booking_rules_company_id_calendar_id_calendars_company_id_id_fk" FOREIGN KEY ("company_id","calendar_id") REFERENCES "public"."calendars"("company_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "holidays" ADD CONSTRAINT "holidays_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "booking_reports_by_company" ON "booking_reports" USING btree ("company_id","started_at","id");--> statement-breakpoint
CREATE INDEX "booking_rules_by_calendar" ON "booking_rules" USING btree ("calendar_id");