import type { Product } from "./objects.ts";
import { drawnWith } from "./page-form.ts";
import { address, type Shown } from "./shown.ts";
import { type Html, html } from "../html.ts";

const MOST_CATEGORIES = 500;

function input(
  label: string,
  name: string,
  value: string | number | undefined,
  type = "text",
): Html {
  return html`<label
    >${label} <input type="${type}" step="any" name="${name}" value="${value}" autocomplete="off"
  /></label>`;
}

function categoryInput({ shop, edited }: Shown): Html {
  const own = edited?.categoryId ?? undefined;
  const first = shop.categories.all.slice(0, MOST_CATEGORIES);
  const held = own === undefined ? undefined : shop.categories.get(own);
  const choices = held === undefined || first.includes(held) ? first : [held, ...first];
  return html`<label
    >Category
    <select name="categoryId">
      <option value=""></option>
      ${choices.map(({ id, categoryName }) => html`<option value="${id}" ${id === own ? html` selected` : undefined}>${categoryName}</option>`)}
    </select></label
  >`;
}

function stockInputs({ shop, edited }: Shown): Html[] {
  const stock = edited === undefined ? [] : shop.stockOf(edited.id);
  return shop.branches.all.slice(0, 20).map(({ id, branchName }) => {
    const onHand = stock.find(({ branchId }) => branchId === id)?.onHand;
    return input(`On hand, ${branchName}`, `stock ${id}`, onHand, "number");
  });
}

/** Makes a product, or changes the one that is edited. */
export function productForm(shown: Shown): Html {
  const { shop, edited, problem } = shown;
  const hidden = edited === undefined ? [] : drawnWith(edited, shop.stockOf(edited.id));
  return html`<section class="card" aria-labelledby="form-title">
    <h2 id="form-title">${edited === undefined ? "New product" : "Edit product"}</h2>
    ${problem !== undefined && html`<p class="problem" role="alert">${problem}</p>`}
    <form method="post" action="${address("/kiotviet/page/save", shown)}">
      ${hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
      ${input("Name", "name", edited?.name)} ${input("Code", "code", edited?.code)}
      ${input("Price", "basePrice", edited?.basePrice, "number")} ${categoryInput(shown)}
      ${stockInputs(shown)}
      <label class="choice"
        ><input
          type="checkbox"
          name="isActive"
          ${edited?.isActive !== false ? html` checked` : undefined}
        />
        Active</label
      >
      <div class="actions">
        ${edited !== undefined && html`<a class="button quiet" href="${address("/kiotviet", shown)}">Cancel</a>`}
        <button>${edited === undefined ? "Add" : "Save"}</button>
      </div>
    </form>
    ${edited !== undefined && deleteForm(shown, edited)}
  </section>`;
}

function deleteForm(shown: Shown, { id }: Product): Html {
  return html`<form method="post" action="${address("/kiotviet/page/delete", shown)}">
    <input type="hidden" name="product" value="${id}" />
    <div class="actions"><button class="danger">Delete</button></div>
  </form>`;
}
