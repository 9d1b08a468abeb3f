# The suite with its bundled models, on the processor:
#     docker build -t aigc-suite . && docker run -p 7860:7860 aigc-suite
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    HF_HOME=/home/suite/hub AIGC_HOST=0.0.0.0
RUN useradd --create-home --uid 1000 suite && install -d -o suite /home/suite/hub
WORKDIR /home/suite/app

# torch without gigabytes of CUDA; what the app itself changes does not install them anew
COPY requirements.txt requirements.lock ./
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu \
    -r requirements.txt -c requirements.lock

COPY app.py README.md LICENSE ./
COPY shared shared
COPY spaces spaces

USER 1000
VOLUME /home/suite/hub
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:7860/health', timeout=8)"]
CMD ["python", "app.py"]
