CREATE TABLE "bookings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"calendar_id" uuid NOT NULL,
	"rule_id" uuid,
	"event_id" uuid,
	"title" text NOT NULL,
	"starts_at" timestamp with time zone NOT NULL,
	"ends_at" timestamp with time zone NOT NULL,
	"start_local" timestamp NOT NULL,
	"start_fold" smallint DEFAULT 0 NOT NULL,
	"zone" text NOT NULL,
	"seat" integer NOT NULL,
	"customer_name" text NOT NULL,
	"customer_email" text NOT NULL,
	"note" text DEFAULT '' NOT NULL,
	"state" text DEFAULT 'booked' NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_by" text,
	"changed_at" timestamp with time zone,
	"cancelled_by" text,
	"cancelled_at" timestamp with time zone,
	CONSTRAINT "bookings_token_hash_unique" UNIQUE("token_hash"),
	CONSTRAINT "bookings_of_company" UNIQUE("company_id","id")
);
--> statement-breakpoint
CREATE TABLE "page_rings" (
	"calendar_id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"rung_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "booking_rules" ADD COLUMN "bookable" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_company_id_calendar_id_calendars_company_id_id_fk" FOREIGN KEY ("company_id","calendar_id") REFERENCES "public"."calendars"("company_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "page_rings" ADD CONSTRAINT "page_rings_company_id_calendar_id_calendars_company_id_id_fk" FOREIGN KEY ("company_id","calendar_id") REFERENCES "public"."calendars"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "bookings_by_start" ON "bookings" USING btree ("company_id","starts_at","id");--> statement-breakpoint
CREATE INDEX "bookings_by_calendar" ON "bookings" USING btree ("calendar_id","ends_at") WHERE state = 'booked';--> statement-breakpoint
CREATE INDEX "bookings_by_event" ON "bookings" USING btree ("event_id");