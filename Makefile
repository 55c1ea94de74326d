# 常用命令。直接运行 make 可以看到全部命令和说明。

PYTHON ?= python3
FORMAT ?= text
AS_OF ?=
FIX ?=
CODE ?=
FILE ?=
COLLECTION ?=
PUBLISHED ?=
DRY ?=
N ?= 10000
RUNS ?= 3
PARTS ?=
KIND ?=
YEAR ?=
FORCE ?=
RULE ?=
TO ?=
REPAIR ?=
KEY ?=
OUT ?=
INSTALL ?=
VENV := .venv/bin/python

export PYTHONUTF8 := 1
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help setup site serve check report import gate allow links explain publish rollback verify portal-setup test test-setup test-release pictures lint handbook lock bench bench-pages bench-privacy bench-bombs bench-figures clean

help: ## 列出全部命令
	@printf '用法：make 命令\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@printf '\n第一次使用：make site，然后 make serve。\n'

setup: ## 准备运行环境 .venv（首次和版本变动后才会安装）
	@command -v '$(PYTHON)' >/dev/null || { printf '\n没有找到 Python（%s）。请安装 Python 3.11 或更新的版本。\n\n' '$(PYTHON)' >&2; exit 1; }
	@'$(PYTHON)' scripts/setup.py

site: setup ## 检查数据并生成网站到 site/
	@$(VENV) scripts/build.py
	@printf '\n网站已生成在 site/ 文件夹。查看：make serve，再用浏览器打开 http://127.0.0.1:8000/\n'
	@printf '也可以直接打开 site/index.html（这样不能搜索），或运行 python3 -m http.server -d site\n'

serve: setup ## 在本机预览网站，边改边看（http://127.0.0.1:8000/）
	@$(VENV) -m mkdocs serve --livereload --dev-addr 127.0.0.1:8000

check: setup ## 只检查数据和文稿：FORMAT=text|json|github|markdown，AS_OF=年-月-日，FIX=1 先自动改正
	@AS_OF= $(VENV) scripts/check.py --format '$(FORMAT)' $(if $(AS_OF),--as-of '$(AS_OF)') $(if $(FIX),--fix)

report: setup ## 用数据起草年度报告：KIND=执法统计|信息公开|法治政府 YEAR=年度，FORCE=1 覆盖已有的
	@$(VENV) scripts/report.py '$(KIND)' '$(YEAR)' $(if $(FORCE),--force)

import: setup ## 导入原始表格，脱敏后写入 data/：FILE=原表 COLLECTION=栏目，PUBLISHED=公开日期，DRY=1 试看
	@$(VENV) scripts/import.py '$(FILE)' '$(COLLECTION)' $(if $(PUBLISHED),--published '$(PUBLISHED)') $(if $(DRY),--dry)

gate: setup ## 检查生成的网站里有没有个人信息（site/ 的每一个字节）
	@$(VENV) scripts/gate.py --format '$(FORMAT)'

allow: setup ## 登记一个看起来像、实际不是个人信息的值：RULE=代码 FILE=文件
	@$(VENV) scripts/allow.py '$(RULE)' '$(FILE)'

links: setup ## 逐页核对 site/ 中的全部链接，列出死链
	@$(VENV) scripts/links.py --format '$(FORMAT)'

explain: setup ## 说明一个代码的意思和处理办法：CODE=V203
	@$(VENV) scripts/explain.py '$(CODE)'

publish: site ## 检查、签名并发布网站：YES=1 不再询问，AUTO=1 定时发布，SAMPLE=1 试发布示例站
	@$(VENV) scripts/publish.py --format '$(FORMAT)'

rollback: setup ## 退回到以前发布的一版：TO=版本号（默认前一版）
	@$(VENV) scripts/rollback.py $(if $(TO),--to '$(TO)')

verify: setup ## 核对线上的每一个文件与签名的清单：REPAIR=1 恢复原样，TO=版本号
	@$(VENV) scripts/verify.py $(if $(TO),--to '$(TO)') $(if $(REPAIR),--repair)

portal-setup: setup ## 列出网站服务器要装的程序和设置：KEY=公钥文件，OUT=文件夹 写成文件，INSTALL=1 装在本机
	@$(VENV) scripts/install.py $(if $(KEY),--key '$(KEY)') $(if $(OUT),--out '$(OUT)') $(if $(INSTALL),--install)

test: lint ## 运行全部测试（先检查写法和类型）
	@$(VENV) -m pytest -n auto --dist loadfile --no-loadscope-reorder

test-setup: ## 准备测试环境（浏览器 Chromium、中文字体、Node、nginx、OpenSSH、rsync）
	@command -v '$(PYTHON)' >/dev/null || { printf '\n没有找到 Python（%s）。请安装 Python 3.11 或更新的版本。\n\n' '$(PYTHON)' >&2; exit 1; }
	@'$(PYTHON)' scripts/setup.py --test

test-release: test-setup ## 检验发布并更新“发布可靠性”页：PARTS="readers steps moments rivals full tampering ssh bucket large"
	@$(VENV) -m bench.releases --keep $(PARTS)

pictures: site test-setup ## 重拍 pictures/ 里各类网页的截图（三种宽度，浅色和深色）
	@$(VENV) -m tests.browser.pictures

lint: test-setup ## 检查程序的写法和类型
	@$(VENV) -m ruff check
	@$(VENV) -m ruff format --check
	@$(VENV) -m mypy

bench: setup ## 测速，并与别的做法比较：N=记录数，RUNS=轮数，PARTS="build edit growth intake search"
	@$(VENV) -m bench --records '$(N)' --runs '$(RUNS)' $(PARTS)

bench-pages: site test-setup ## 用 Lighthouse 检查各类网页（手机和电脑），更新 bench/PAGES.md：RUNS=轮数
	@$(VENV) -m bench.pages --runs '$(RUNS)'

bench-privacy: setup ## 测量个人信息检查：找到多少、误报多少、十万条记录的网站查多久
	@$(VENV) -m bench.privacy

bench-bombs: setup ## 逐个打开恶意构造的文件，列出各用多少时间和内存被拒绝
	@$(VENV) -m bench.bombs

bench-figures: setup ## 测量勾稽：二百处数字在十万行上算多久，六十页文稿读多久
	@$(VENV) -m bench.figures

handbook: setup ## 更新《编辑手册》中的代码表
	@$(VENV) scripts/handbook.py

lock: ## 重新锁定依赖的版本（需要 pip-tools，见《编辑手册》）
	@CUSTOM_COMPILE_COMMAND='make lock' pip-compile --quiet --upgrade $(LOCK) --output-file requirements.lock requirements.in
	@CUSTOM_COMPILE_COMMAND='make lock' pip-compile --quiet --upgrade $(LOCK) --output-file requirements-test.lock requirements-test.in

LOCK := --generate-hashes --strip-extras --allow-unsafe --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

clean: ## 删除生成的网站和缓存（不动数据和 .venv）
	@rm -rf site site.render .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find disclosure hooks scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
